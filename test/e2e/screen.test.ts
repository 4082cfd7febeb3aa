import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testString } from '../../src/screening/index.ts'
import { type Answered, DIALECT_IDS, post, SPEAKING_IDS, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { wholeAnswer } from '../support/invariants.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { textStream } from '../support/text-streams.ts'

/** `POST /v1/screen`: decisions for gateways that people already run, by the same path as every request. */
const TEST = testString('cyber_operations')
const CALM = 'Bread is made of flour, water and time. '.repeat(15)
const OPERATOR = { type: 'operator', id: 'operator' } as const
let running: RunningApp

beforeAll(async () => {
  running = await startApp({ config: { surfaces: { shadow: { mode: 'observe', external: true } } } })
})
afterAll(() => running[Symbol.asyncDispose]())

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not used
type Body = any

const screen = async (
  body: unknown,
  key = running.key,
): Promise<{ status: number; body: Body; answered: Answered }> => {
  const answered = await post({ url: running.url, key }, '/v1/screen', body)
  return { status: answered.status, body: JSON.parse(answered.text), answered }
}
const open = async (body: unknown): Promise<Body> => JSON.parse((await post(running, '/v1/screen/sessions', body)).text)
const append = async (session: string, body: unknown, key = running.key): Promise<{ status: number; body: Body }> => {
  const answered = await post({ url: running.url, key }, `/v1/screen/sessions/${session}/append`, body)
  return { status: answered.status, body: JSON.parse(answered.text) }
}

describe('a decision on an exchange', () => {
  it.each(DIALECT_IDS)('refuses a prompt in %s with the body that its clients know, on record', async (dialect) => {
    const since = running.app.ledger.size
    const { model: _, ...request } = simpleBody(dialect, `Please: ${TEST}`)
    const { status, body } = await screen({ dialect, request })
    expect([status, body.decision, body.side, body.category, body.enforced]).toEqual([
      200,
      'refuse',
      'prompt',
      'cyber_operations',
      true,
    ])
    expect(body.wording).toContain(body.id)
    expect(verdictOf(dialect, { status: body.refusal.status, text: JSON.stringify(body.refusal.body) })).toBe('refused')
    const [event, ...more] = await running.decisionsSince(since)
    expect(more).toEqual([])
    expect(event).toMatchObject({
      id: body.id,
      data: { outcome: 'refuse', route: 'screen', source: 'screen', dialect, surface: 'api', enforced: true },
    })
    expect(JSON.stringify(event)).not.toContain(TEST)
  })

  it.each(SPEAKING_IDS)(
    'lets a calm exchange pass in %s, and refuses its answer for what stands in it',
    async (dialect) => {
      const request = simpleBody(dialect, 'Hello.')
      const calm = await screen({ dialect, request, response: wholeAnswer(dialect, CALM) })
      expect(calm.body).toMatchObject({ decision: 'allow', refusal: null, would_refuse: null, test_string: false })
      const bad = await screen({ dialect, request, response: wholeAnswer(dialect, CALM + TEST) })
      expect(bad.body).toMatchObject({ decision: 'refuse', side: 'completion', category: 'cyber_operations' })
      const alone = await screen({ dialect, request, response: TEST, sides: 'completion' })
      expect(alone.body).toMatchObject({ decision: 'refuse', side: 'completion' })
      const promptOnly = await screen({ dialect, request, response: TEST, sides: 'prompt' })
      expect(promptOnly.body).toMatchObject({ decision: 'allow' })
    },
  )

  it('reads conversations in its own words', async () => {
    const turns = [{ role: 'user', parts: [{ kind: 'tool_result', text: TEST }] }]
    const { body } = await screen({ dialect: 'neutral', request: { turns } })
    expect(body).toMatchObject({ decision: 'refuse', side: 'prompt', refusal: null })
    const image = { turns: [{ role: 'user', text: 'What is this?', parts: [{ kind: 'media', media: 'image' }] }] }
    expect((await screen({ dialect: 'neutral', request: image })).body.decision).toMatch(/allow|refuse/)
  })

  it('observes where the surface is observed: says what would have been, and blocks nothing', async () => {
    const since = running.app.ledger.size
    const { body, answered } = await screen({ surface: 'shadow', request: simpleBody('openai-chat', TEST) })
    expect(body).toMatchObject({
      decision: 'allow',
      enforced: false,
      would_refuse: { category: 'cyber_operations', clause: expect.any(String) },
    })
    expect(answered.headers.get('x-safelevel-enforcement')).toBe('observe')
    expect((await running.decisionsSince(since)).map(({ data }) => [data.outcome, data.enforced])).toEqual([
      ['refuse', false],
    ])
  })

  it('never records the name of a model that others serve', async () => {
    const since = running.app.ledger.size
    await screen({ request: { ...simpleBody('openai-chat', 'Hello.'), model: 'a-name-that-tells-something' } })
    const [event] = await running.decisionsSince(since)
    expect(JSON.stringify(event)).not.toContain('a-name-that-tells')
  })

  it.each([
    ['an unknown dialect', { dialect: 'smoke', request: {} }],
    ['no request', { dialect: 'openai-chat' }],
    ['a request of another dialect', { dialect: 'openai-chat', request: { input: 'x' } }],
    ['a field that nobody reads', { request: simpleBody('openai-chat', 'x'), extra: TEST }],
    ['an unknown surface', { request: simpleBody('openai-chat', 'x'), surface: 'moon' }],
    ['an answer of another dialect', { request: simpleBody('openai-chat', 'x'), response: { output: [] } }],
    ['an answer that is a number', { request: simpleBody('openai-chat', 'x'), response: 7 }],
    ['the completion side without one', { request: simpleBody('openai-chat', 'x'), sides: 'completion' }],
    ['a turn with an unknown field', { dialect: 'neutral', request: { turns: [{ role: 'user', words: TEST }] } }],
    [
      'a part of an unknown kind',
      { dialect: 'neutral', request: { turns: [{ role: 'user', parts: [{ kind: 'x' }] }] } },
    ],
  ])('answers %s with 400 in the one form, quoting nothing', async (_, sent) => {
    const { status, body } = await screen(sent)
    expect([status, body.error.code, body.request_id]).toEqual([400, 'request_invalid', expect.stringMatching(/^dec_/)])
    expect(JSON.stringify(body)).not.toContain(TEST)
  })

  it('asks for a key, and keeps to its limits and restrictions', async () => {
    expect((await screen({ request: {} }, 'sl_wrong')).status).toBe(401)
    const { accounts } = running.app
    const { id: organisationId } = await accounts.createOrganisation({ name: 'Hooks' }, OPERATOR)
    const { id: projectId } = await accounts.createProject(
      { organisationId, name: 'p', requestsPerMinute: 1, tokensPerMinute: 100_000 },
      OPERATOR,
    )
    const { key } = await accounts.createKey({ name: 'k', projectId } as never, OPERATOR)
    const ask = () => screen({ request: simpleBody('openai-chat', 'Hello.') }, key)
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429])
  })
})

describe('a streamed answer of another gateway', () => {
  const request = { dialect: 'openai-chat', request: simpleBody('openai-chat', 'Hello.', { stream: true }) }

  it('releases text only when it was judged, and all of it in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }), async (sizes) => {
        const { session, id } = await open(request)
        const text = `🍞${CALM}`.slice(0, 500)
        let shown = ''
        let sent = 0
        for (let i = 0; sent < text.length; i++) {
          // Half a character is no text, and refused: the first piece holds all of its first.
          const piece = text.slice(sent, Math.max(sent + (sizes[i % sizes.length] ?? 1), '🍞'.length))
          sent += piece.length
          const { body } = await append(session.id, { text: piece, piece: i })
          shown += body.text
          expect(body).toMatchObject({ decision: 'allow', done: false, released: shown.length })
          expect(text.startsWith(shown)).toBe(true)
          expect(shown.length).toBeLessThanOrEqual(Math.max(0, sent - 192))
        }
        const { body } = await append(session.id, { done: true })
        expect([shown + body.text, body.done]).toEqual([text, true])
        const events = await running.decisionsSince(0, id)
        expect(events.map(({ data }) => [data.outcome, data.route, data.source, data.judgedChars])).toEqual([
          ['allow', 'screen', 'screen', text.length],
        ])
      }),
      { numRuns: 10 },
    )
  })

  it.each(SPEAKING_IDS)('cuts events of %s natively, without a letter of what is refused', async (dialect) => {
    const since = running.app.ledger.size
    const { session } = await open({
      dialect,
      request: simpleBody(dialect, 'Hello.', { stream: true }),
      feed: 'events',
    })
    const events = [...textStream(dialect, `${CALM}${TEST}${CALM}`.match(/[\s\S]{1,16}/g) ?? [])].map(
      ({ data }) => data,
    )
    let released = 0
    let last: Body = null
    for (const data of events) {
      last = (await append(session.id, { events: [data === '[DONE]' ? data : JSON.parse(data)] })).body
      if (last.decision !== 'allow') break
      released = last.released
    }
    expect([last.decision, last.side, last.category]).toEqual(['cut', 'completion', 'cyber_operations'])
    expect(released).toBeGreaterThan(3)
    expect(events.slice(0, released).join('')).not.toContain(TEST.slice(0, 8))
    expect(verdictOf(dialect, { status: 200, text: last.sse })).toBe('refused')
    expect((await append(session.id, { events: ['x'] })).status).toBe(404)
    const [event] = await running.decisionsSince(since)
    expect(event?.data).toMatchObject({ outcome: 'cut', stream: true, source: 'screen' })
  })

  it('opens none for a prompt that is refused', async () => {
    const body = await open({ ...request, request: simpleBody('openai-chat', TEST) })
    expect(body).toMatchObject({ decision: 'refuse', side: 'prompt', session: null })
  })

  it('belongs to its project, takes one piece after the other, and ends with the first that is out of turn', async () => {
    const { session, id } = await open(request)
    const since = running.app.ledger.size
    const { id: organisationId } = await running.app.accounts.createOrganisation({ name: 'Others' }, OPERATOR)
    const { id: projectId } = await running.app.accounts.createProject({ organisationId, name: 'p' }, OPERATOR)
    const { key } = await running.app.accounts.createKey({ name: 'k', projectId } as never, OPERATOR)
    expect((await append(session.id, { text: 'x' }, key)).status).toBe(404)
    expect((await append(session.id, { text: 'x', piece: 0 })).status).toBe(200)
    expect((await append(session.id, { text: 'x', piece: 0 })).status).toBe(409)
    expect((await append(session.id, { text: 'x', piece: 1 })).status).toBe(404)
    expect((await running.decisionsSince(since, id)).map(({ data }) => [data.outcome, data.code])).toEqual([
      ['error', 'CONFLICT'],
    ])
  })

  it('is recorded as unfinished when nobody ends it, and refused when there are too many', async () => {
    const { screen: bounds } = running.app.config
    const before = { ...bounds }
    Object.assign(bounds, { sessionIdleMs: 50, maxSessionsPerProject: 1 })
    const { session, id } = await open(request)
    const { status } = await post(running, '/v1/screen/sessions', request)
    expect(status).toBe(429)
    await expect
      .poll(async () => (await running.decisionsSince(0, id)).map(({ data }) => [data.outcome, data.code]), {
        timeout: 5_000,
      })
      .toEqual([['cancel', 'UNFINISHED']])
    Object.assign(bounds, before)
    expect((await append(session.id, { text: 'x' })).status).toBe(404)
  })

  it('ends what is longer than an answer may be', async () => {
    const { limits } = running.app.config
    const before = limits.maxCompletionBytes
    limits.maxCompletionBytes = 100
    const { session } = await open(request)
    const { status, body } = await append(session.id, { text: 'x'.repeat(101) })
    limits.maxCompletionBytes = before
    expect([status, body.error.code]).toEqual([413, 'request_too_large'])
    expect((await append(session.id, { text: 'x' })).status).toBe(404)
  })
})
