import { describe, expect, it } from 'vitest'
import { wholeAnswer } from '../../../../test/support/invariants.ts'
import { type ChatApi, chatRequest, readReply, retryAfterMs } from './wire.ts'

describe('the wire', () => {
  const asking = { model: 'm', system: 'Be brief', maxTokens: 9, temperature: 0.5, tokensAs: 'max_tokens' } as const
  it('asks as both kinds of servers want it', () => {
    const body = (api: ChatApi) => JSON.parse(Buffer.from(chatRequest({ ...asking, api }, 'Hello').body).toString())
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
  })

  const reply = (status: number, body: unknown, headers = {}, api: ChatApi = 'openai-chat') =>
    readReply(api, { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, 0)

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

  it('waits for as long as a server asks', () => {
    const at = (headers: Record<string, string>) => retryAfterMs(headers, Date.UTC(2026, 0, 1))
    expect(at({ 'retry-after': '7' })).toBe(7_000)
    expect(at({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' })).toBe(60_000)
    expect(at({ 'retry-after-ms': '150', 'retry-after': '7' })).toBe(150)
    for (const bad of ['', 'soon', '-1', 'NaN']) expect(at({ 'retry-after': bad })).toBeNull()
  })
})
