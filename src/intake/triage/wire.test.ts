import { describe, expect, it } from 'vitest'
import { digestOf, exchangeOf, Sampling, Script } from './script.ts'
import { wireRequest } from './wire.ts'

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

  it('is judged as it is said, and told apart by digest', () => {
    expect(exchangeOf(SCRIPT).turns.map(({ role }) => role)).toEqual(['system', 'system', 'user', 'assistant', 'user'])
    expect(JSON.stringify(exchangeOf(SCRIPT))).toContain('shell')
    expect(digestOf(SCRIPT.turns)).not.toBe(digestOf([...SCRIPT.turns].reverse()))
    expect([digestOf(null), digestOf([])]).toEqual([null, null])
  })
})
