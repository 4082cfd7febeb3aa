import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { MAX_ADD_CHECKPOINT_BYTES } from '../ledger/index.ts'
import type { Witness } from './witness.ts'
import { isOriginHash } from './witness-store.ts'

const TEXT = 'text/plain; charset=utf-8'
const MAX_CONNECTIONS = 512
const REQUEST_TIMEOUT_MS = 10_000

export interface WitnessServerOptions {
  readonly witness: Witness
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly log: Log
}

export interface RunningWitness extends AsyncDisposable {
  /** Submission and monitoring prefix in one: `http://127.0.0.1:8082` */
  readonly url: string
}

/** Serves C2SP tlog-witness; both prefixes are the root. @throws {AppError} CONFIG_INVALID when the port can't be had */
export async function startWitness({ witness, host, port, log }: WitnessServerOptions): Promise<RunningWitness> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS / 2, keepAliveTimeout: 60_000 },
    (request, response) => {
      handle(witness, request, response).catch((err: unknown) => {
        log.error({ err }, 'a request failed')
        if (!response.headersSent) send(response, 500, TEXT, 'the witness failed\n')
        else response.destroy()
      })
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, host, port)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      await closed
    },
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (cause) {
    const code = codeOf(cause) ?? 'unknown'
    throw new AppError(
      'CONFIG_INVALID',
      `the witness can't listen on ${host}:${port} (${code}): choose another --listen`,
      {
        cause,
      },
    )
  }
}

async function handle(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?')
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return send(response, 405, TEXT, 'add-checkpoint is a POST\n', { allow: 'POST' })
    const body = await readBody(request)
    if (body === null) {
      // What is still on its way is not waited for.
      response.shouldKeepAlive = false
      return send(response, 413, TEXT, `at most ${MAX_ADD_CHECKPOINT_BYTES} bytes\n`)
    }
    const answer = await witness.addCheckpoint(body)
    return send(response, answer.status, answer.contentType, answer.body)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, 405, TEXT, 'only GET is answered here\n', { allow: 'GET, HEAD' })
  if (path === '/') return send(response, 200, TEXT, await about(witness))
  if (path === '/healthz') return send(response, 200, TEXT, 'ok\n')
  const hash = /^\/([^/]+)\/checkpoint$/.exec(path)?.[1] ?? ''
  const note = isOriginHash(hash) ? await witness.checkpoint(hash) : null
  if (note === null) return send(response, 404, TEXT, 'nothing was cosigned under this name\n')
  send(response, 200, TEXT, note, { 'cache-control': 'no-cache', 'access-control-allow-origin': '*' })
}

/** For people: who this is and what it watches. */
async function about(witness: Witness): Promise<string> {
  const logs = await witness.logs()
  const lines = logs.map(({ hash, keys, size, timestamp }) => {
    const seen =
      timestamp === null ? 'nothing cosigned yet' : `${size} entries at ${new Date(timestamp * 1000).toISOString()}`
    return `  ${keys[0]?.name ?? hash}: ${seen}\n    /${hash}/checkpoint\n`
  })
  return `${witness.name} witnesses transparency logs (https://c2sp.org/tlog-witness).\n\nvkey ${witness.vkey}\n\n${
    lines.length === 0 ? 'No log is watched yet.\n' : `Logs:\n${lines.join('')}`
  }`
}

/** Null when it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue
    size += part.length
    if (size > MAX_ADD_CHECKPOINT_BYTES) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}
