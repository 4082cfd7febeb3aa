import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SpeakingDialectId as DialectId } from '../../src/gateway/dialects/dialect.ts'
import { encodeSse } from '../../src/gateway/sse.ts'
import { PATHS, post, SPEAKING_IDS, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { textStream } from '../support/text-streams.ts'

/** Model servers that are down, lie, break off or talk too much: a clear error, one record, and none of their secrets in any answer. */
const SECRET = 'sk-upstream-4f9a8b7c6d5e4f3a2b1c'
const HIDDEN = [SECRET, 'x-upstream-secret']
const unhandled: unknown[] = []
const note = (error: unknown) => void unhandled.push(error)
let running: RunningApp
let server: Server
let behave: (req: IncomingMessage, res: ServerResponse) => void
let asked = 0
let closedEarly = 0

beforeAll(async () => {
  process.on('unhandledRejection', note)
  server = createServer((req, res) => {
    asked++
    res.on('close', () => {
      if (!res.writableFinished) closedEarly++
    })
    req.resume().on('end', () => behave(req, res))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const times = { firstByteTimeoutMs: 400, idleTimeoutMs: 400, connectTimeoutMs: 400, retries: 0 }
  running = await startApp({
    config: {
      limits: { maxCompletionBytes: 200_000 },
      upstreams: [
        { id: 'openai', kind: 'openai-compatible', baseUrl, ...times },
        { id: 'anthropic', kind: 'anthropic', baseUrl, ...times },
        { id: 'retried', kind: 'openai-compatible', baseUrl, ...times, retries: 2 },
        { id: 'down', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9', ...times },
      ],
      models: [
        { name: 'm-openai', upstream: 'openai' },
        { name: 'm-anthropic', upstream: 'anthropic' },
        { name: 'm-retried', upstream: 'retried' },
        { name: 'm-down', upstream: 'down' },
      ],
    },
    secrets: new Map(['openai', 'anthropic', 'retried', 'down'].map((id) => [id, SECRET])),
  })
})
afterEach(() => expect(unhandled).toEqual([]))
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  server.closeAllConnections()
  server.close()
  process.off('unhandledRejection', note)
})

const modelOf = (dialect: DialectId) => (dialect === 'anthropic-messages' ? 'm-anthropic' : 'm-openai')

/** Asks once; the answer and its one record. */
async function ask(dialect: DialectId, stream: boolean, model = modelOf(dialect)) {
  const since = running.app.ledger.size
  asked = 0
  const answered = await post(running, PATHS[dialect], { ...simpleBody(dialect, 'Hello.', { stream }), model })
  await expect.poll(async () => (await running.decisionsSince(since)).length).toBe(1)
  const [record] = await running.decisionsSince(since)
  expect(record?.subject.id).toBe(answered.headers.get('x-safelevel-decision'))
  const everything = `${answered.text}${JSON.stringify([...answered.headers])}${JSON.stringify(record)}`
  for (const hidden of HIDDEN) expect(everything).not.toContain(hidden)
  return { ...answered, verdict: verdictOf(dialect, answered), outcome: record?.data.outcome, code: record?.data.code }
}

const page =
  (status: number, body: string, type = 'application/json') =>
  (_: IncomingMessage, res: ServerResponse) => {
    res.writeHead(status, { 'content-type': type, 'x-upstream-secret': SECRET }).end(body)
  }
const errorPage = (message: string) => JSON.stringify({ error: { message, type: 'x', code: 'x' } })
const LEAKY = `Incorrect API key provided: ${SECRET}. See db-host.internal, stack trace follows`

const WHOLE: Record<string, { behave: typeof behave; status: number }> = {
  'garbage for JSON': { behave: page(200, 'not json {'), status: 502 },
  'JSON of another shape': { behave: page(200, '{"hello":1}'), status: 502 },
  'an array': { behave: page(200, '[]'), status: 502 },
  'a key twice': { behave: page(200, '{"choices":[],"choices":[]}'), status: 502 },
  'the wrong content type': { behave: page(200, '<html>', 'text/html'), status: 502 },
  'a redirect': { behave: page(302, ''), status: 502 },
  'an error 400 that names its key': { behave: page(400, errorPage(LEAKY)), status: 400 },
  'an error 401 that names its key': { behave: page(401, errorPage(LEAKY)), status: 502 },
  'an error 403': { behave: page(403, errorPage(LEAKY)), status: 502 },
  'an error 404': { behave: page(404, errorPage('no such model')), status: 400 },
  'an error 429': { behave: page(429, errorPage(LEAKY)), status: 429 },
  'an error 500': { behave: page(500, errorPage(LEAKY)), status: 502 },
  'an error 503 in HTML': { behave: page(503, `<h1>${LEAKY}`, 'text/html'), status: 502 },
  'an error page without end': {
    behave: (_, res) => {
      res.writeHead(500, { 'content-type': 'application/json' })
      const timer = setInterval(() => res.write('x'.repeat(20_000)), 2)
      res.on('close', () => clearInterval(timer))
    },
    status: 502,
  },
  'a closed connection': { behave: (req) => req.socket.destroy(), status: 502 },
  'half an answer': {
    behave: (req, res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
      res.write('{"choices":[')
      setTimeout(() => req.socket.destroy(), 20)
    },
    status: 502,
  },
  silence: { behave: () => {}, status: 504 },
  'silence after the headers': {
    behave: (_, res) => {
      res.writeHead(200, { 'content-type': 'application/json' }).write('{')
    },
    status: 504,
  },
  'an answer that is too long': {
    behave: page(200, JSON.stringify({ choices: [], x: 'y'.repeat(300_000) })),
    status: 502,
  },
  'an answer that is nested too deeply': {
    behave: page(200, `{"choices":[],"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
    status: 502,
  },
}

describe('an answer that does not stream', () => {
  for (const [name, { behave: how, status }] of Object.entries(WHOLE)) {
    it(`is an error in the caller's dialect: ${name}`, async () => {
      for (const dialect of SPEAKING_IDS) {
        behave = how
        const answered = await ask(dialect, false)
        expect([dialect, answered.status, answered.outcome]).toEqual([dialect, status, 'error'])
        const { error, type } = JSON.parse(answered.text)
        expect(error).toMatchObject({ type: expect.any(String), message: expect.any(String) })
        if (dialect === 'anthropic-messages') expect(type).toBe('error')
        expect(answered.headers.get('content-type')).toBe('application/json')
      }
    })
  }

  it('is 502 when the server is down', async () => {
    for (const stream of [false, true]) {
      const answered = await ask('openai-chat', stream, 'm-down')
      expect([answered.status, answered.outcome, answered.code]).toEqual([502, 'error', 'UPSTREAM_UNAVAILABLE'])
    }
  })

  it('is asked for again on 429 and 503, where nothing was released, and not on 500', async () => {
    for (const [status, times] of [
      [429, 3],
      [503, 3],
      [500, 1],
    ] as const) {
      behave = page(status, errorPage(LEAKY))
      await ask('openai-chat', false, 'm-retried')
      expect([status, asked]).toEqual([status, times])
    }
  })
})

const events = (dialect: DialectId, text: string) =>
  [...textStream(dialect, text.match(/.{1,20}/gs) ?? [])].map((event) => encodeSse(event))
const stream =
  (
    dialect: DialectId,
    text: string,
    take: (all: string[]) => string[],
    end: (res: ServerResponse) => void,
  ): typeof behave =>
  (_, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'x-upstream-secret': SECRET })
    for (const event of take(events(dialect, text))) res.write(event)
    setTimeout(() => end(res), 20)
  }
const SHORT = 'Bread.'
const LONG = 'Bread is made of flour, water and time. '.repeat(30)
const finish = (res: ServerResponse) => void res.end()
const destroy = (res: ServerResponse) => void res.destroy()
/** Never the whole: the last event is what says that it is. */
const first = (all: string[]) => all.slice(0, Math.min(3, all.length - 1))
const most = (all: string[]) => all.slice(0, -5)
const STREAMS: Record<string, { text: string; take: (all: string[]) => string[]; end: (res: ServerResponse) => void }> =
  {
    'ends without its end': { text: LONG, take: most, end: finish },
    'is cut off': { text: LONG, take: most, end: destroy },
    'is cut off at its start': { text: SHORT, take: first, end: destroy },
    'says nothing': { text: SHORT, take: () => [], end: finish },
    'falls silent': { text: LONG, take: most, end: () => {} },
    'turns into garbage': { text: LONG, take: (all) => [...most(all), 'data: {"oh\n\n'], end: finish },
    'turns into another dialect': {
      text: LONG,
      take: (all) => [...most(all), 'event: weather\ndata: {"type":"weather"}\n\n'],
      end: finish,
    },
    'turns into invalid UTF-8': {
      text: LONG,
      take: most,
      end: (res) => void res.end(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xfe, 0x0a, 0x0a])),
    },
    'reports an error with its key': {
      text: LONG,
      take: (all) => [
        ...most(all),
        `event: error\ndata: ${JSON.stringify({ type: 'error', error: { message: LEAKY, type: 'x' } })}\n\n`,
      ],
      end: finish,
    },
    'is too long': { text: 'x '.repeat(150_000), take: (all) => all, end: finish },
    'has one event without end': {
      text: SHORT,
      take: (all) => [...first(all), `data: ${'x'.repeat(300_000)}`],
      end: finish,
    },
  }

describe('a stream', () => {
  for (const [name, { text, take, end }] of Object.entries(STREAMS)) {
    it(`says how it ended when the model's ${name}`, async () => {
      for (const dialect of SPEAKING_IDS) {
        behave = stream(dialect, text, take, end)
        const answered = await ask(dialect, true)
        expect([dialect, answered.verdict, answered.outcome]).toEqual([dialect, 'error', 'error'])
        // What has begun ends with the dialect's error event; what has not is an ordinary error.
        expect([200, 502, 504]).toContain(answered.status)
        if (name === 'says nothing') expect(answered.status).toBe(502)
      }
    })
  }

  it('is stopped at the model when it is cut', async () => {
    closedEarly = 0
    behave = (_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const event of events(
        'openai-chat',
        `${LONG} SAFELEVEL-TEST-CHEMICAL-THEREARENOBADWORDSHERETOTEST ${LONG}`,
      ).slice(0, -2))
        res.write(event)
    }
    const answered = await ask('openai-chat', true)
    expect([answered.verdict, answered.outcome]).toEqual(['refused', 'cut'])
    await expect.poll(() => closedEarly).toBe(1)
    await sleep(10)
  })
})
