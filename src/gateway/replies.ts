import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'

const RETRY_AFTER_SECONDS: Readonly<Record<number, string>> = { 503: '5', 502: '5', 504: '5' }

/**
 * The whole body of a request.
 *
 * @throws {AppError} REQUEST_TOO_LARGE as soon as that is known; REQUEST_INVALID when the client broke off or compressed it.
 */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = req.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new AppError('REQUEST_INVALID', 'compressed bodies are not read: send the body without content-encoding')
  }
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) {
        req.pause()
        reject(tooLarge(maxBytes))
      } else {
        chunks.push(chunk)
      }
    })
    req.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)),
    )
    req.on('error', (cause) => reject(new AppError('REQUEST_INVALID', 'the body broke off', { cause })))
  })
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('REQUEST_TOO_LARGE', `the body is larger than ${maxBytes} bytes`)
}

/** How long, and how much of, a body that nobody wants is still taken off the wire once its request is answered. */
const LINGER_MS = 2_000
const LINGER_BYTES = 64 * 1024 * 1024

/**
 * Sends one JSON answer, an object or JSON text; as text, so that Node writes head and body in one piece. A request whose body was not read to its end loses
 * its connection, or the rest would be read as a request; but only once the rest has come, or after a while: whoever still sends when the
 * connection breaks, as a proxy does, never reads the answer.
 */
export function sendJson(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  body: JsonObject | string,
  headers: Record<string, string>,
): void {
  if (res.headersSent || res.destroyed) return
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const retryAfter = RETRY_AFTER_SECONDS[status]
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    ...(req.complete ? {} : { connection: 'close' }),
    ...headers,
  })
  if (req.complete || !hasBody(req)) return void res.end(text)
  res.write(text)
  discardRest(req, () => res.end())
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Reads on without keeping anything, until the body ends, or the limits of lingering are reached. */
function discardRest(req: IncomingMessage, done: () => void): void {
  let left = LINGER_BYTES
  const end = () => {
    clearTimeout(timer)
    req.off('data', count).off('end', end).off('close', end)
    done()
  }
  const count = (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) end()
  }
  const timer = setTimeout(end, LINGER_MS)
  req.removeAllListeners('data')
  req.on('data', count).once('end', end).once('close', end)
  req.resume()
}

/** Writes to a client that may read slowly; false when it is gone. */
export async function writeWhenReady(res: ServerResponse, text: string): Promise<boolean> {
  if (res.destroyed || res.writableEnded) return false
  if (res.write(text)) return true
  const gone = new AbortController()
  try {
    await Promise.race([once(res, 'drain', { signal: gone.signal }), once(res, 'close', { signal: gone.signal })])
  } finally {
    gone.abort()
  }
  return !res.destroyed
}

/**
 * Reads an answer of the upstream whole.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE when it is longer than `maxBytes`.
 */
export async function readAnswer(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes)
      throw new AppError('UPSTREAM_UNAVAILABLE', `the model's answer is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)
}
