import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf, exchangeOf, Sampling, Script } from './script.ts'
import { readSaid, wireRequest } from './wire.ts'

const SCRIPT = Script.parse({
  turns: [
    { role: 'user', text: 'Hello' },
    { role: 'assistant', text: 'Hi' },
    { role: 'user', text: 'Go on' },
  ],
  system: 'Be brief',
  tools: [{ name: 'shell', description: 'runs', parameters: { type: 'object' } }],
})
const SAMPLING = Sampling.parse({ maxTokens: 9, temperature: 0.5, topP: 0.9, seed: 7 })
const bodyOf = (api: 'openai-chat' | 'anthropic-messages', nth = 0) =>
  JSON.parse(Buffer.from(wireRequest(api, 'm', SCRIPT, SAMPLING, nth).body).toString('utf8'))
const reply = (api: 'openai-chat' | 'anthropic-messages', status: number, body: unknown) =>
  readSaid(api, { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) }, 0)

describe('the wire of a reproduction', () => {
  it('refuses conversations that nothing can answer, or that are too long', () => {
    const turn = { role: 'user', text: 'x' }
    for (const bad of [
      {},
      { turns: [] },
      { turns: [{ role: 'assistant', text: 'x' }] },
      { turns: [{ role: 'tool', text: 'x' }] },
      { turns: [{ ...turn, name: 'x' }] },
      { turns: Array(51).fill(turn) },
      { turns: [{ role: 'user', text: '' }] },
      { turns: [{ role: 'user', text: 'x'.repeat(64_001) }] },
      { turns: [turn], tools: Array(65).fill({ name: 'a' }) },
      { turns: [turn], tools: [{ name: 'a', parameters: { text: 'x'.repeat(70_000) } }] },
    ])
      expect(Script.safeParse(bad).success).toBe(false)
  })

  it('says the whole conversation, its system prompt and its tools as both kinds of servers want it', () => {
    expect(bodyOf('openai-chat')).toEqual({
      ...{ model: 'm', max_tokens: 9, temperature: 0.5, top_p: 0.9, seed: 7 },
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
        { role: 'user', content: 'Go on' },
      ],
      tools: [{ type: 'function', function: { name: 'shell', description: 'runs', parameters: { type: 'object' } } }],
    })
    expect(bodyOf('anthropic-messages')).toMatchObject({
      ...{ model: 'm', max_tokens: 9, system: 'Be brief' },
      messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }],
      tools: [{ name: 'shell', input_schema: { type: 'object' } }],
    })
    // Each try draws anew.
    expect(bodyOf('openai-chat', 3).seed).toBe(10)
  })

  it('takes what a tool would be called with for a part of the answer', () => {
    const call = { function: { name: 'shell', arguments: '{"run":"x"}' } }
    const chat = { choices: [{ message: { content: null, tool_calls: [call] }, finish_reason: 'tool_calls' }] }
    expect(reply('openai-chat', 200, chat)).toEqual({ kind: 'said', text: 'shell {"run":"x"}', end: 'stop' })
    const content = [
      { type: 'text', text: 'Now:' },
      { type: 'tool_use', name: 'shell', input: { run: 'x' } },
    ]
    const said = reply('anthropic-messages', 200, { type: 'message', content, stop_reason: 'tool_use' })
    expect(said).toEqual({ kind: 'said', text: 'Now:\nshell {"run":"x"}', end: 'stop' })
  })

  it('tells refusals from answers, and repeats nothing of what a server says in its errors', () => {
    const refused = { choices: [{ message: { content: 'No.', refusal: 'no' }, finish_reason: 'stop' }] }
    expect(reply('openai-chat', 200, refused)).toMatchObject({ end: 'refused' })
    const cut = { choices: [{ message: { content: 'So' }, finish_reason: 'content_filter' }] }
    expect(reply('openai-chat', 200, cut)).toMatchObject({ text: 'So', end: 'refused' })
    for (const status of [400, 401, 404, 418, 429, 500, 503]) {
      const told = reply('openai-chat', status, { error: { message: 'secret words', code: 'x' } })
      expect(told.kind).not.toBe('said')
      expect(JSON.stringify(told)).not.toContain('secret')
    }
  })

  it('reads whatever comes without failing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('openai-chat', 'anthropic-messages'),
        fc.oneof(fc.json(), fc.string()),
        (api, body) => {
          expect(['said', 'later', 'failed']).toContain(reply(api, 200, body).kind)
        },
      ),
    )
  })

  it('is judged as it is said, and told apart by digest', () => {
    expect(exchangeOf(SCRIPT).turns.map(({ role }) => role)).toEqual(['system', 'system', 'user', 'assistant', 'user'])
    expect(JSON.stringify(exchangeOf(SCRIPT))).toContain('shell')
    expect(digestOf(SCRIPT.turns)).not.toBe(digestOf([...SCRIPT.turns].reverse()))
    expect([digestOf(null), digestOf([])]).toEqual([null, null])
  })
})
