import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DialectId } from '../../src/gateway/dialects/dialect.ts'
import { type Answered, DIALECT_IDS, PATHS, post, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { inParallel, plantings } from '../support/planting.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { runs } from '../support/runs.ts'

/** Requests that nobody should send: a clear error in the caller's dialect, one record each, nothing to the model, and no crash. */
let running: RunningApp
const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', note)
  running = await startApp({ config: { limits: { maxBodyBytes: 9_000_000, bodyTimeoutMs: 1_500 } } })
})
afterEach(() => expect(unhandled).toEqual([]))
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  process.off('unhandledRejection', note)
})

/** The error as its dialect has it. */
function errorOf(dialect: DialectId, { text }: Answered): { type: string; message: string } {
  const body = JSON.parse(text)
  if (dialect.startsWith('anthropic'))
    expect(body).toMatchObject({ type: 'error', error: { type: expect.any(String), message: expect.any(String) } })
  else
    expect(body).toMatchObject({
      error: { type: expect.any(String), message: expect.any(String), code: expect.any(String), param: null },
    })
  expect(body.request_id).toMatch(/^dec_/)
  return body.error
}

async function expectRejected(dialect: DialectId, body: unknown, status: number, headers: Record<string, string> = {}) {
  // More than 20 rejections a second are counted, not recorded one by one: keep below that.
  await sleep(60)
  const since = running.app.ledger.size
  running.upstream.requests.length = 0
  const answered = await post(running, PATHS[dialect], body, { headers })
  expect([answered.status, answered.text.slice(0, 300)]).toEqual([status, expect.any(String)])
  const error = errorOf(dialect, answered)
  const records = await running.decisionsSince(since)
  expect(records.map(({ subject, data }) => [subject.id, data.outcome])).toEqual([
    [answered.headers.get('x-safelevel-decision'), 'reject'],
  ])
  expect(running.upstream.requests).toEqual([])
  return error
}

/** Dialects without turns. */
const TEXTS: ReadonlySet<DialectId> = new Set(['openai-completions', 'openai-embeddings'])
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const manyTurns = (dialect: DialectId, count: number) => {
  const turns = Array.from({ length: count }, (_, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: 'x' }))
  if (TEXTS.has(dialect)) return { model: MODEL, prompt: Array(count).fill('x'), input: Array(count).fill('x') }
  return dialect === 'openai-responses'
    ? { model: MODEL, input: turns }
    : { model: MODEL, max_tokens: 5, messages: turns }
}

describe.each(DIALECT_IDS)('%s', (dialect) => {
  const good = JSON.stringify(simpleBody(dialect, 'Hello.'))
  const cases: Record<string, unknown> = {
    'an empty body': '',
    'malformed JSON': '{"model":',
    'JSON with a trailing comma': good.replace('}', ',}'),
    'text after the JSON': `${good} x`,
    'an array': '[]',
    null: 'null',
    'a string': '"x"',
    'no model': '{"messages":[{"role":"user","content":"x"}],"input":"x","prompt":"x","max_tokens":1}',
    'a model that is a number': good.replace(`"${MODEL}"`, '7'),
    'a stream that is a word': good.replace('{', '{"stream":"yes",'),
    'turns that are a number': JSON.stringify({ model: MODEL, messages: 7, input: 7 }),
    'no turns': JSON.stringify({ model: MODEL, messages: [], input: [] }),
    'a turn that is a string': JSON.stringify({
      model: MODEL,
      messages: ['x'],
      input: TEXTS.has(dialect) ? [['x']] : ['x'],
    }),
    'numbers of tokens': JSON.stringify({ model: MODEL, messages: [5], input: [5, 6], prompt: [[5], [6]] }),
    'an unknown role': JSON.stringify({
      model: MODEL,
      messages: [{ role: 'king', content: 'x' }],
      input: [{ role: 'king', content: 'x' }],
    }),
    'an unknown part': JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: [{ type: 'hologram' }] }],
      input: [{ role: 'user', content: [{ type: 'hologram' }] }],
    }),
    'content that is a number': JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: 7 }],
      input: [{ role: 'user', content: 7 }],
    }),
    'a byte order mark': `\ufeff${good}`,
    'a key twice': good.replace('{', `{"model":"other",`),
    'a key twice, once in escapes': good.replace('{', `{"\\u006dodel":"other",`),
    __proto__: good.replace('{', '{"__proto__":{},'),
    'a lone surrogate': good.replace('Hello.', '\\ud83c'),
    'invalid UTF-8': Buffer.concat([
      Buffer.from(good.slice(0, -3)),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from(good.slice(-3)),
    ]),
    'deep nesting': good.replace('{', `{"x":${deep(100)},`),
    'very deep nesting': good.replace('{', `{"x":${deep(200_000)},`),
    'a history of 100,000 turns': manyTurns(dialect, 100_000),
    'a compressed body': gzipSync(good),
  }
  it.each(Object.entries(cases))('answers %s with 400', async (name, body) => {
    const headers = name === 'a compressed body' ? { 'content-encoding': 'gzip' } : {}
    const { type } = await expectRejected(dialect, body, 400, headers as Record<string, string>)
    expect(type).toBe('invalid_request_error')
  })

  it('answers a body over the limit with 413', async () => {
    await expectRejected(dialect, JSON.stringify(simpleBody(dialect, 'x'.repeat(9_000_001))), 413)
  })

  it('answers an unknown model with 404 and a bad or missing key with 401', async () => {
    await expectRejected(dialect, good.replace(MODEL, 'gpt-none'), 404)
    expect((await expectRejected(dialect, good, 401, { authorization: 'Bearer sl_wrong' })).type).toBe(
      'authentication_error',
    )
    expect((await expectRejected(dialect, good, 401, { authorization: '' })).type).toBe('authentication_error')
  })

  it('ends a body that comes too slowly, and keeps a record', async () => {
    const since = running.app.ledger.size
    const { hostname, port } = new URL(running.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST ${PATHS[dialect]} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${running.key}\r\ncontent-length: 1000\r\n\r\n{"mod`,
    )
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes
    })
    await once(socket, 'close')
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    await expect
      .poll(async () => (await running.decisionsSince(since)).map(({ data }) => data.outcome))
      .toEqual(['reject'])
  }, 20_000)
})

describe('a client that goes away', () => {
  it.each([false, true])('before the answer: the model is stopped (stream %s)', async (stream) => {
    const since = running.app.ledger.size
    const stopped = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    running.upstream.respond = ({ signal }) =>
      new Promise((_, reject) => {
        asked.resolve()
        signal.addEventListener('abort', () => {
          stopped.resolve()
          reject(signal.reason)
        })
      })
    const client = new AbortController()
    const answer = post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.', { stream }), {
      signal: client.signal,
    })
    await asked.promise
    client.abort()
    await expect(answer).rejects.toThrow()
    await stopped.promise
    await expect
      .poll(async () => (await running.decisionsSince(since)).map(({ data }) => data.outcome))
      .toEqual(['cancel'])
    running.upstream.respond = null
  })

  it('in the middle of a stream: the model is stopped', async () => {
    const since = running.app.ledger.size
    const ended = Promise.withResolvers<void>()
    running.upstream.respond = () => ({
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      body: (async function* () {
        try {
          for (;;) {
            await sleep(1)
            yield Buffer.from(
              `data: ${JSON.stringify({ id: 'c', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'a calm word ' } }] })}\n\n`,
            )
          }
        } finally {
          ended.resolve()
        }
      })(),
    })
    const client = new AbortController()
    const response = await fetch(running.url + PATHS['openai-chat'], {
      method: 'POST',
      headers: { authorization: `Bearer ${running.key}` },
      body: JSON.stringify(simpleBody('openai-chat', 'Hello.', { stream: true })),
      signal: client.signal,
    })
    const reader = response.body?.getReader()
    await reader?.read()
    client.abort()
    await ended.promise
    await expect
      .poll(async () => (await running.decisionsSince(since)).map(({ data }) => data.outcome))
      .toEqual(['cancel'])
    running.upstream.respond = null
  })

  it('in the middle of its own body: one record, no crash', async () => {
    await sleep(1_000)
    const since = running.app.ledger.size
    const { hostname, port } = new URL(running.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${running.key}\r\ncontent-length: 1000\r\n\r\n{"mod`,
    )
    await sleep(50)
    socket.destroy()
    await expect
      .poll(async () => (await running.decisionsSince(since)).map(({ data }) => data.outcome))
      .toEqual(['reject'])
  })
})

describe('mutated real bodies', () => {
  const vectors: { cases: { dialect: DialectId; body: never }[] } = JSON.parse(
    readFileSync(new URL('../vectors/dialects/requests.json', import.meta.url), 'utf8'),
  )
  const corpus = vectors.cases.map(({ body }) => JSON.stringify({ ...(body as object), model: MODEL }))

  it('never make an error of ours, on any route', async () => {
    const found = { sent: 0, answered: 0, rejected: 0, ours: [] as string[] }
    const fuzzed = fc.record({
      path: fc.constantFrom(...Object.values(PATHS), '/v1/moderations'),
      base: fc.constantFrom(...corpus),
      edits: fc.array(
        fc.record({
          at: fc.nat(),
          drop: fc.nat({ max: 6 }),
          put: fc.oneof(
            fc.string({ maxLength: 5 }),
            fc.constantFrom('"', '{', '}', '[', ']', ',', ':', 'null', '-1e999', '\\u0000', '\\ud800', '\u0000'),
          ),
        }),
        { maxLength: 4 },
      ),
      bytes: fc.array(fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) }), { maxLength: 2 }),
    })
    const samples = fc.sample(fuzzed, Number(process.env.SAFELEVEL_FUZZ_RUNS ?? runs(1_500)))
    await inParallel(samples, 16, async ({ path, base, edits, bytes }) => {
      let text = base
      for (const { at, drop, put } of edits) {
        const from = at % (text.length + 1)
        text = text.slice(0, from) + put + text.slice(from + drop)
      }
      const raw = Buffer.from(text)
      for (const { at, value } of bytes) raw[at % raw.length] = value
      await tally(path, raw)
    })
    // The same bodies with one place replaced by something of another type.
    const wrong = vectors.cases.flatMap(({ dialect, body }) =>
      [...plantings({ ...(body as object), model: MODEL } as never, 'x')].map(({ body: planted }) => ({
        dialect,
        planted,
      })),
    )
    await inParallel(wrong, 16, ({ dialect, planted }) => tally(PATHS[dialect], Buffer.from(JSON.stringify(planted))))
    async function tally(path: string, raw: Buffer) {
      const answered = await post(running, path, raw)
      found.sent++
      if (answered.status === 200) found.answered++
      else if (answered.status < 500) found.rejected++
      else
        found.ours.push(
          `${path} ${answered.status} ${answered.text.slice(0, 150)} for ${raw.toString('latin1').slice(0, 300)}`,
        )
    }
    process.stdout.write(
      `fuzz: ${found.sent} bodies, ${found.answered} answered, ${found.rejected} rejected, ${found.ours.length} failures of ours\n`,
    )
    expect(found.ours).toEqual([])
    expect(found.answered).toBeGreaterThan(0)
    expect(found.rejected).toBeGreaterThan(0)
    expect(
      verdictOf('openai-chat', await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))),
    ).toBe('answered')
  }, 120_000)
})
