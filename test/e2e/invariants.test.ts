import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../src/base/errors.ts'
import { encodeSse } from '../../src/gateway/sse.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { Policy, readPolicyFile } from '../../src/policy/index.ts'
import {
  type Assessment,
  type Classifier,
  type ClassifyRequest,
  LABELS,
  testString,
} from '../../src/screening/index.ts'
import { DIALECT_IDS, PATHS, post, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { bytesAnswer, EVENT_STREAM, jsonAnswer } from '../support/scripted-upstream.ts'
import { StringScreen } from '../support/string-screen.ts'
import { shownText, textStream } from '../support/text-streams.ts'

/** What must always hold (DESIGN part 2), seen from outside. */
class FallibleScreen implements Classifier {
  readonly #screen = new StringScreen()
  readonly id = this.#screen.id
  readonly covers = this.#screen.covers
  /** How the next judgements of a side fail. */
  failure: { side: 'prompt' | 'completion'; how: 'throw' | 'reject'; after: number } | null = null

  classify(request: ClassifyRequest, signal?: AbortSignal): Assessment | Promise<Assessment> {
    if (this.failure?.side === request.side && this.failure.after-- <= 0) {
      const error = new Error('the classifier broke')
      if (this.failure.how === 'throw') throw error
      return Promise.reject(error)
    }
    return this.#screen.classify(request, signal)
  }
}

const TEST = testString('cyber_operations')
const CALM = 'Bread is made of flour, water and time. '.repeat(15)
const OPERATOR = { type: 'operator', id: 'operator' } as const
const screen = new FallibleScreen()
let running: RunningApp

beforeAll(async () => {
  running = await startApp({ classifier: screen, config: { shutdownGraceMs: 5_000 } })
})
afterAll(() => running[Symbol.asyncDispose]())

const say = (dialect: (typeof DIALECT_IDS)[number], text: string) => () =>
  bytesAnswer(
    [...textStream(dialect, text.match(/[\s\S]{1,16}/g) ?? [])].map((event) => Buffer.from(encodeSse(event))),
    EVENT_STREAM,
  )
const sayWhole = (dialect: (typeof DIALECT_IDS)[number], text: string) => () =>
  jsonAnswer(
    dialect === 'openai-chat'
      ? {
          id: 'chatcmpl-1a',
          object: 'chat.completion',
          created: 1,
          model: 'm-1',
          choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
        }
      : dialect === 'anthropic-messages'
        ? {
            id: 'msg_1a',
            type: 'message',
            role: 'assistant',
            model: 'm-1',
            content: [{ type: 'text', text }],
            stop_reason: 'end_turn',
            stop_sequence: null,
          }
        : {
            id: 'resp_1a',
            object: 'response',
            created_at: 1,
            model: 'm-1',
            status: 'completed',
            output: [
              {
                type: 'message',
                id: 'msg_1a',
                role: 'assistant',
                status: 'completed',
                content: [{ type: 'output_text', text, annotations: [] }],
              },
            ],
          },
  )

describe('1: no way around', () => {
  const PATHS_OF_PROVIDERS = [
    ...[
      'completions',
      'embeddings',
      'edits',
      'images/generations',
      'images/edits',
      'images/variations',
      'audio/speech',
      'audio/transcriptions',
      'audio/translations',
      'files',
      'files/x/content',
      'uploads',
      'batches',
      'fine_tuning/jobs',
      'fine-tunes',
      'assistants',
      'threads',
      'threads/runs',
      'threads/x/messages',
      'threads/x/runs',
      'vector_stores',
      'vector_stores/x/search',
      'realtime',
      'realtime/sessions',
      'realtime/client_secrets',
      'conversations',
      'conversations/x/items',
      'containers',
      'evals',
      'responses/resp_1',
      'responses/resp_1/cancel',
      'responses/resp_1/input_items',
      'responses/compact',
      'responses/input_tokens',
      'chat/completions/x',
      'chat/completions/x/messages',
      'videos',
      'complete',
      'messages/batches',
      'messages/batches/x/results',
      'messages/x',
      'skills',
      'organization/usage',
      'engines/x/completions',
      'tokenize',
      'detokenize',
      'rerank',
      'score',
      'pooling',
      'classify',
      'invocations',
      'load_lora_adapter',
      'sleep',
      'screen',
      'chat',
      '',
    ].map((path) => `/v1/${path}`),
    ...[
      '/v1',
      '/v1/chat/completions/',
      '/v1//chat/completions',
      '//v1/chat/completions',
      '/V1/chat/completions',
      '/v1/Chat/Completions',
      '/v1/chat%2fcompletions',
      '/v1/chat/./completions',
      '/v1/x/../chat/completions',
      '/v1/chat/completions%00',
      '/v1/chat/completions;x',
      '/v1/chat/completions%20',
      '/v1\\chat\\completions',
      '/v1/models/a/b',
      '/v1/models/',
    ],
    ...[
      '/v2/chat',
      '/v1beta/models/x:generateContent',
      '/v1beta/openai/chat/completions',
      '/openai/deployments/x/chat/completions',
      '/openai/v1/chat/completions',
      '/openai/v1/responses',
      '/api/generate',
      '/api/chat',
      '/api/v1/chat/completions',
      '/api/tags',
      '/completion',
      '/infill',
      '/model/x/invoke',
      '/model/x/converse',
      '/chat/completions',
      '/responses',
      '/messages',
      '/anthropic/v1/messages',
      '/generate',
      '/generate_stream',
      '/inference/v1/chat/completions',
      '/proxy/v1/chat/completions',
    ],
  ]
  const METHODS = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
  const MAPPED = new Set([
    ...Object.values(PATHS).map((path) => `POST ${path}`),
    'POST /v1/moderations',
    'GET /v1/models',
    `GET /v1/models/${MODEL}`,
  ])

  it('denies every route and method that is not mapped; nothing of it reaches a model', async () => {
    running.upstream.respond = null
    running.upstream.requests.length = 0
    const body = JSON.stringify({ ...simpleBody('openai-chat', 'Hello.'), input: 'Hello.', max_tokens: 5 })
    const { hostname, port } = new URL(running.url)
    const open: string[] = []
    let tried = 0
    const { request } = await import('node:http')
    for (const path of [
      ...PATHS_OF_PROVIDERS,
      ...Object.values(PATHS),
      '/v1/moderations',
      '/v1/models',
      `/v1/models/${MODEL}`,
    ]) {
      for (const method of METHODS) {
        if (MAPPED.has(`${method} ${path}`)) continue
        tried++
        // Node's own client sends the path as it stands: fetch would tidy it up.
        const status = await new Promise<number>((resolve, reject) => {
          const req = request(
            {
              hostname,
              port,
              method,
              path,
              headers: {
                authorization: `Bearer ${running.key}`,
                'content-type': 'application/json',
                'content-length': Buffer.byteLength(body),
              },
            },
            (res) => {
              res.resume().on('end', () => resolve(res.statusCode ?? 0))
            },
          )
          req.on('error', reject)
          req.end(body)
        })
        if (status !== 404 && status !== 405 && status !== 400) open.push(`${method} ${path} -> ${status}`)
      }
    }
    process.stdout.write(`${tried} routes and methods denied\n`)
    expect(open).toEqual([])
    expect(running.upstream.requests).toEqual([])
    for (const mapped of Object.values(PATHS)) {
      const answered = await post(running, mapped, {
        ...simpleBody('openai-chat', 'Hello.'),
        input: 'Hello.',
        max_tokens: 5,
      })
      expect([mapped, answered.status]).toEqual([mapped, 200])
    }
  }, 60_000)

  it('denies an upgrade to another protocol', async () => {
    const { connect } = await import('node:net')
    const { hostname, port } = new URL(running.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `GET /v1/realtime?model=${MODEL} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${running.key}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\nsec-websocket-version: 13\r\n\r\n`,
    )
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes
    })
    await expect.poll(() => text).toMatch(/^HTTP\/1\.1 404 /)
    socket.destroy()
  })
})

/** Holds back what the real ledger records, or has it fail, for events of one kind. */
function wrapLedger(kind: string, before: () => Promise<void>): Disposable {
  const { ledger } = running.app
  const append = ledger.append.bind(ledger)
  ledger.append = async (event: LedgerEvent) => {
    if (event.kind === kind) await before()
    return await append(event)
  }
  return { [Symbol.dispose]: () => void Object.assign(ledger, { append }) }
}

/** What a client has received so far, as it arrives. */
function receive(dialect: (typeof DIALECT_IDS)[number], text: string, stream: boolean) {
  const seen = { begun: false, ended: false, text: '', status: 0 }
  const done = (async () => {
    const response = await fetch(running.url + PATHS[dialect], {
      method: 'POST',
      headers: { authorization: `Bearer ${running.key}` },
      body: JSON.stringify(simpleBody(dialect, text, { stream })),
    })
    Object.assign(seen, { begun: true, status: response.status })
    for await (const chunk of response.body ?? []) seen.text += Buffer.from(chunk).toString('utf8')
    seen.ended = true
  })()
  return { seen, done }
}

describe('3: recorded before released', () => {
  for (const dialect of DIALECT_IDS) {
    for (const stream of [false, true]) {
      const how = `${dialect} ${stream ? 'streamed' : 'whole'}`
      const answers = {
        calm: stream ? say(dialect, CALM) : sayWhole(dialect, CALM),
        bad: stream ? say(dialect, `${CALM}${TEST}${CALM}`) : sayWhole(dialect, TEST),
      }

      it(`${how}: not a byte of a refusal, not the last byte of an answer, before the decision is durable`, async () => {
        for (const [prompt, answer, refused] of [
          [TEST, answers.calm, true],
          ['Hello.', answers.bad, !stream],
          ['Hello.', answers.calm, false],
        ] as const) {
          running.upstream.respond = answer
          const gate = Promise.withResolvers<void>()
          const reached = Promise.withResolvers<void>()
          using _ = wrapLedger('gateway.decision', () => {
            reached.resolve()
            return gate.promise
          })
          const { seen, done } = receive(dialect, prompt, stream)
          await reached.promise
          await sleep(30)
          if (refused || !stream) expect(seen).toEqual({ begun: false, ended: false, text: '', status: 0 })
          else
            expect([seen.ended, verdictOf(dialect, { ...seen, headers: new Headers() })]).toEqual([false, 'answered'])
          expect(seen.text).not.toMatch(/\[DONE\]|message_stop|response\.completed|response\.incomplete|refusal/)
          // nor anything by which a client knows that the answer is whole
          expect(seen.text).not.toMatch(/"finish_reason":"|"stop_reason":"/)
          gate.resolve()
          await done
          expect(seen).toMatchObject({ ended: true, status: 200 })
        }
      })

      it(`${how}: a ledger that fails gives 503 and nothing of the answer`, async () => {
        const fail = () => Promise.reject(new AppError('LEDGER_UNAVAILABLE', 'the ledger is sealed'))
        for (const [prompt, answer] of [
          [TEST, answers.calm],
          ['Hello.', answers.bad],
          ['Hello.', answers.calm],
        ] as const) {
          running.upstream.respond = answer
          using _decisions = wrapLedger('gateway.decision', fail)
          using _openings = wrapLedger('gateway.stream_opened', fail)
          const answered = await post(running, PATHS[dialect], simpleBody(dialect, prompt, { stream }))
          expect(answered.status).toBe(503)
          expect(answered.text).not.toMatch(/flour|SAFELEVE|refused under/)
          expect(answered.headers.get('retry-after')).not.toBeNull()
        }
      })

      if (stream) {
        it(`${how}: a stream whose decision can't be recorded ends with an error and without its end`, async () => {
          running.upstream.respond = answers.calm
          using _ = wrapLedger('gateway.decision', () =>
            Promise.reject(new AppError('LEDGER_UNAVAILABLE', 'the ledger is sealed')),
          )
          const answered = await post(running, PATHS[dialect], simpleBody(dialect, 'Hello.', { stream }))
          expect(verdictOf(dialect, answered)).toBe('error')
          expect(CALM.startsWith(await shownText(dialect, answered.text))).toBe(true)
          expect(answered.text).not.toMatch(/\[DONE\]|message_stop|response\.completed/)
        })
      }
    }
  }
})

describe('6 and 9: a classifier that fails', () => {
  for (const how of ['throw', 'reject'] as const) {
    it(`${how}: nothing passes where the policy fails closed, and the record says so`, async () => {
      for (const dialect of DIALECT_IDS) {
        for (const stream of [false, true]) {
          for (const side of ['prompt', 'completion'] as const) {
            running.upstream.respond = stream ? say(dialect, CALM) : sayWhole(dialect, CALM)
            running.upstream.requests.length = 0
            screen.failure = { side, how, after: 0 }
            const since = running.app.ledger.size
            const answered = await post(running, PATHS[dialect], simpleBody(dialect, 'Hello.', { stream }))
            screen.failure = null
            expect(verdictOf(dialect, answered)).toBe('error')
            expect(await (stream && answered.status === 200 ? shownText(dialect, answered.text) : '')).toBe('')
            expect(answered.text).not.toContain('flour')
            if (side === 'prompt') expect([answered.status, running.upstream.requests.length]).toEqual([503, 0])
            const [record, ...more] = await running.decisionsSince(since)
            expect(more).toEqual([])
            expect(record?.data).toMatchObject({
              outcome: 'error',
              code: 'POLICY_UNDECIDED',
              [side]: { action: 'refuse', reason: 'unavailable', unevaluated: expect.arrayContaining(['chemical']) },
            })
          }
        }
      }
    })
  }

  it('ends a stream in whose middle it fails, with nothing shown that was not judged', async () => {
    for (const dialect of DIALECT_IDS) {
      running.upstream.respond = say(dialect, CALM)
      screen.failure = { side: 'completion', how: 'reject', after: 7 }
      const answered = await post(running, PATHS[dialect], simpleBody(dialect, 'Hello.', { stream: true }))
      screen.failure = null
      const shown = await shownText(dialect, answered.text)
      expect([answered.status, verdictOf(dialect, answered)]).toEqual([200, 'error'])
      expect(shown.length).toBeGreaterThan(0)
      expect(shown.length).toBeLessThanOrEqual(7 * 64)
      expect(CALM.startsWith(shown)).toBe(true)
    }
  })

  it('releases openly where the policy says so: the record names every label that nobody judged', async () => {
    const { policies } = running.app
    const { current } = policies
    const lenient = readPolicyFile().replaceAll('whenUnavailable: refuse', 'whenUnavailable: release_unevaluated')
    const half = Object.fromEntries(LABELS.map((label) => [label, 0.5]))
    const released = Policy.load(lenient, { calibratedThresholds: { prompt: half, completion: half } })
    Object.assign(policies, { current: () => released })
    running.upstream.respond = sayWhole('openai-chat', CALM)
    screen.failure = { side: 'prompt', how: 'throw', after: 0 }
    const since = running.app.ledger.size
    const answered = await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))
    screen.failure = null
    Object.assign(policies, { current })
    expect(verdictOf('openai-chat', answered)).toBe('answered')
    const [record] = await running.decisionsSince(since)
    expect(record?.data).toMatchObject({
      outcome: 'allow',
      prompt: { action: 'allow', unevaluated: expect.arrayContaining([...LABELS]) },
    })
  })
})

describe('7: evidence apart from content', () => {
  it('keeps no prompt, answer, end user or key in ledger, database, logs or metrics', async () => {
    const marker = 'zqxMARKERvwk'
    for (const dialect of DIALECT_IDS) {
      for (const stream of [false, true]) {
        const rest = {
          stream,
          metadata: { user_id: `${marker}user`, [marker]: marker },
          ...(dialect === 'openai-chat' ? { user: `${marker}user`, stop: [marker] } : {}),
        }
        running.upstream.respond = stream ? say(dialect, `${CALM}${marker}`) : sayWhole(dialect, marker)
        for (const text of [marker, `${marker} ${TEST}`])
          await post(running, PATHS[dialect], simpleBody(dialect, text, rest))
        running.upstream.respond = stream
          ? say(dialect, `${marker} ${TEST} ${marker}`)
          : sayWhole(dialect, `${marker}${TEST}`)
        await post(running, PATHS[dialect], simpleBody(dialect, marker, rest))
        running.upstream.respond = () => jsonAnswer({ error: { message: marker } }, stream ? 400 : 500)
        await post(running, PATHS[dialect], simpleBody(dialect, marker, rest))
        running.upstream.respond = () =>
          bytesAnswer(
            [Buffer.from(`data: {"${marker}`)],
            stream ? EVENT_STREAM : { 'content-type': 'application/json' },
          )
        await post(running, PATHS[dialect], simpleBody(dialect, marker, rest))
        running.upstream.respond = () => Promise.reject(new Error('a defect'))
        await post(running, PATHS[dialect], simpleBody(dialect, marker, rest))
      }
      screen.failure = { side: 'prompt', how: 'throw', after: 0 }
      await post(running, PATHS[dialect], simpleBody(dialect, marker))
      screen.failure = null
      for (const bad of [
        `{"${marker}":`,
        simpleBody(dialect, marker, { model: marker }),
        simpleBody(dialect, marker, { stream: marker }),
      ])
        await post(running, PATHS[dialect], bad)
      await post(running, `/v1/${marker}`, {}, { headers: { authorization: `Bearer ${marker}` } })
    }
    await post(running, '/v1/moderations', { input: [marker, `${marker} ${TEST}`] })
    await sleep(300) // checkpoints and housekeeping
    const metrics = await running.app.metrics.registry.metrics()
    const secrets = [marker, marker.toLowerCase(), running.key, running.key.slice(8)]
    for (const secret of secrets) {
      expect(running.logText()).not.toContain(secret)
      expect(metrics).not.toContain(secret)
    }
    let files = 0
    for await (const { name, bytes } of running.storedFiles()) {
      files++
      for (const secret of secrets) expect([name, bytes.includes(secret)]).toEqual([name, false])
    }
    expect(files).toBeGreaterThan(10)
    expect(running.logText()).not.toBe('')
  })
})

describe('11 and 12: what is shown', () => {
  it('claims no level', async () => {
    const page = await (await fetch(`${running.url}/`)).text()
    expect(page).toContain('No AI safety level is claimed')
    expect(page).not.toMatch(/ASL-\d/)
  })

  it('says so where models are only observed, and each release is recorded as not enforced', async () => {
    const { streaming } = running.app.config
    streaming.mode = 'tail'
    const page = await (await fetch(`${running.url}/`)).text()
    running.upstream.respond = say('openai-chat', CALM)
    const since = running.app.ledger.size
    await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.', { stream: true }))
    streaming.mode = 'hold'
    expect(page).toContain('observed only')
    expect((await running.decisionsSince(since)).map(({ data }) => [data.outcome, data.enforced])).toEqual([
      ['allow', false],
    ])
  })
})

describe('keys, limits and the end', () => {
  it('refuses a revoked key from the next request on', async () => {
    running.upstream.respond = null
    const { id, key } = await running.app.accounts.createKey({ name: 'short-lived' } as never, OPERATOR)
    const ask = () => post({ url: running.url, key }, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))
    expect((await ask()).status).toBe(200)
    await running.app.accounts.revokeKey(id, OPERATOR)
    expect((await ask()).status).toBe(401)
  })

  it('tells the limits and keeps to them', async () => {
    const { accounts } = running.app
    const { id: organisationId } = await accounts.createOrganisation({ name: 'Limited' }, OPERATOR)
    const { id: projectId } = await accounts.createProject(
      { organisationId, name: 'p', requestsPerMinute: 2, tokensPerMinute: 1_000 },
      OPERATOR,
    )
    const { key } = await accounts.createKey({ name: 'limited', projectId } as never, OPERATOR)
    const ask = (text: string) => post({ url: running.url, key }, PATHS['openai-chat'], simpleBody('openai-chat', text))
    expect((await ask('x'.repeat(10_000))).status).toBe(429)
    const answers = [await ask('x'), await ask('x'), await ask('x')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(
      answers.map(({ headers }) => [
        headers.get('x-ratelimit-limit-requests'),
        headers.get('x-ratelimit-remaining-requests'),
      ]),
    ).toEqual([
      ['2', '1'],
      ['2', '0'],
      ['2', '0'],
    ])
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answers[2]?.headers.get('x-ratelimit-reset-requests')).toMatch(/s$/)
  })

  it('lets streams that run end when it stops, and takes no new request', async () => {
    running.upstream.respond = () => bytesAnswer(slowly(CALM), EVENT_STREAM)
    const { seen, done } = receive('openai-chat', 'Hello.', true)
    await expect.poll(() => seen.text.length).toBeGreaterThan(0)
    const drained = running.app.drain()
    const late = await post(running, PATHS['openai-chat'], simpleBody('openai-chat', 'Hello.'))
    expect([late.status, JSON.parse(late.text).error.code]).toEqual([503, 'shutting_down'])
    await Promise.all([drained, done])
    expect(await shownText('openai-chat', seen.text)).toBe(CALM)
    expect(seen.text).toContain('[DONE]')
  })
})

async function* slowly(text: string): AsyncGenerator<Uint8Array> {
  for (const event of textStream('openai-chat', text.match(/[\s\S]{1,16}/g) ?? [])) {
    yield Buffer.from(encodeSse(event))
    await sleep(5)
  }
}
