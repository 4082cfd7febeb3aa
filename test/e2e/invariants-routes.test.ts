import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DIALECT_IDS, PATHS, post, simpleBody } from '../support/dialect-http.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { StringScreen } from '../support/string-screen.ts'

/** What must always hold, seen from outside; the other invariants stand in the files beside this one. */
let running: RunningApp

beforeAll(async () => {
  running = await startApp({ classifier: new StringScreen() })
})
afterAll(() => running[Symbol.asyncDispose]())

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
      'screen/',
      'screen/x',
      'screen/sessions',
      'screen/sessions/',
      'screen/sessions/scs_1',
      'screen/sessions/scs_1/append',
      'messages/count_tokens/x',
      'embeddings/x',
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
  const APPEND = '/v1/screen/sessions/scs_00000000000000000000000000/append'
  const METHODS = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
  const MAPPED = new Set([
    ...Object.values(PATHS).map((path) => `POST ${path}`),
    'POST /v1/moderations',
    'POST /v1/screen',
    'POST /v1/screen/sessions',
    `POST ${APPEND}`,
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
      APPEND,
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
    for (const dialect of DIALECT_IDS) {
      const answered = await post(running, PATHS[dialect], simpleBody(dialect, 'Hello.'))
      expect([dialect, answered.status]).toEqual([dialect, 200])
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
