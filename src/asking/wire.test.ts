import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wholeAnswer } from '../../test/support/invariants.ts'
import { ask, type ChatApi } from './ask.ts'
import { chatRequest, mostUsage, readReply } from './wire.ts'

describe('the wire', () => {
  const body = (api: ChatApi, over: Parameters<typeof ask>[1] = {}) => {
    const asked = ask('Hello', { system: 'Be brief', maxTokens: 9, temperature: 0.5, ...over })
    return JSON.parse(Buffer.from(chatRequest(api, 'm', asked).body).toString())
  }
  it('asks as both kinds of servers want it', () => {
    expect(body('openai-chat')).toEqual({
      ...{ model: 'm', max_tokens: 9, temperature: 0.5 },
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Hello' },
      ],
    })
    expect(body('anthropic-messages')).toEqual({
      ...{ model: 'm', max_tokens: 9, temperature: 0.5, system: 'Be brief' },
      messages: [{ role: 'user', content: 'Hello' }],
    })
    const drawn = { seed: 7, stop: ['END'], topLogprobs: 5 }
    expect(body('openai-chat', drawn)).toMatchObject({ seed: 7, stop: ['END'], logprobs: true, top_logprobs: 5 })
    const anthropic = body('anthropic-messages', drawn)
    expect(anthropic).toMatchObject({ stop_sequences: ['END'] })
    expect(Object.keys(anthropic)).not.toContain('seed')
  })

  it('counts no less than a request can cost', () => {
    const short = mostUsage(ask('Hello', { maxTokens: 9 }))
    expect(short).toEqual({ input: 64 + 16 + 5, output: 9 })
    const tool = { name: 'shell', description: 'runs', parameters: {} }
    const more = mostUsage(ask('Hello', { system: 'Be brief', tools: [tool] }))
    expect(more.input).toBe(64 + 16 + 5 + 8 + JSON.stringify([tool]).length)
  })

  const reply = (status: number, body: unknown, headers = {}, api: ChatApi = 'openai-chat') =>
    readReply(api, { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) })

  it.each(['openai-chat', 'anthropic-messages'] as const)('reads what %s says', (api) => {
    expect(reply(200, wholeAnswer(api, 'Hello'), {}, api)).toMatchObject({ said: { text: 'Hello', end: 'stop' } })
    for (const body of ['', '{', '[]', '{}', '{"choices":[]}', '{"type":"message"}', 'null', '{"choices":[{}]}']) {
      expect(reply(200, body, {}, api)).toMatchObject({ kind: 'later', why: 'the answer is malformed' })
    }
  })

  it('tells refusals and ends that came too soon from answers', () => {
    const message = { content: null, refusal: 'no' }
    expect(reply(200, { choices: [{ message, finish_reason: 'stop' }] })).toMatchObject({ said: { end: 'refusal' } })
    const cut = { choices: [{ message: { content: 'x' }, finish_reason: 'length' }] }
    expect(reply(200, cut)).toMatchObject({ said: { end: 'length' } })
    const filtered = { error: { code: 'content_filter', type: 'x', message: 'secret words' } }
    expect(reply(400, filtered)).toMatchObject({ said: { text: '', end: 'refusal' } })
    const anthropic = { type: 'message', content: [], stop_reason: 'refusal' }
    expect(reply(200, anthropic, {}, 'anthropic-messages')).toMatchObject({ said: { end: 'refusal' } })
  })

  it.each([
    [429, { kind: 'later', busy: true }],
    [503, { kind: 'later', busy: true }],
    [529, { kind: 'later', busy: true }],
    [500, { kind: 'later', busy: false }],
    [408, { kind: 'later', busy: false }],
    [400, { kind: 'failed' }],
    [422, { kind: 'failed' }],
    [401, { kind: 'stop', code: 'UNAUTHENTICATED' }],
    [403, { kind: 'stop', code: 'FORBIDDEN' }],
    [404, { kind: 'stop', code: 'MODEL_NOT_FOUND' }],
  ])('takes %i for what it is, and repeats none of its words', (status, expected) => {
    const said = reply(status, { error: { message: 'secret words', code: 'x' } })
    expect(said).toMatchObject(expected)
    expect(JSON.stringify(said)).not.toContain('secret')
  })

  it('takes what a tool would be called with for a part of the answer', () => {
    const call = { function: { name: 'shell', arguments: '{"run":"x"}' } }
    const chat = { choices: [{ message: { content: null, tool_calls: [call] }, finish_reason: 'tool_calls' }] }
    expect(reply(200, chat)).toMatchObject({ said: { text: 'shell {"run":"x"}', end: 'stop' } })
    const content = [
      { type: 'text', text: 'Now:' },
      { type: 'tool_use', name: 'shell', input: { run: 'x' } },
    ]
    const message = { type: 'message', content, stop_reason: 'tool_use' }
    expect(reply(200, message, {}, 'anthropic-messages')).toMatchObject({
      said: { text: 'Now:\nshell {"run":"x"}', end: 'stop' },
    })
  })

  it('reads how likely first tokens were, and under which decision it was recorded', () => {
    const top = [
      { token: 'A', logprob: -0.1 },
      { token: 'B', logprob: -2.4 },
    ]
    const choice = { message: { content: 'A' }, finish_reason: 'stop', logprobs: { content: [{ top_logprobs: top }] } }
    const said = { text: 'A', firstToken: { A: -0.1, B: -2.4 }, decision: 'dec_1' }
    expect(reply(200, { choices: [choice] }, { 'x-safelevel-decision': 'dec_1' })).toMatchObject({ said })
    expect(reply(200, { choices: [{ ...choice, logprobs: null }] })).toMatchObject({ said: { firstToken: null } })
  })

  it('reads whatever comes without failing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('openai-chat', 'anthropic-messages'),
        fc.oneof(fc.json(), fc.string()),
        (api, text) => {
          expect(['said', 'later', 'failed']).toContain(reply(200, text, {}, api).kind)
        },
      ),
    )
  })
})
