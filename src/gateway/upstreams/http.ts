import { Pool } from 'undici'
import type { UpstreamConfig } from '../../base/config.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { ExchangeHandler } from './exchange-handler.ts'
import type { Upstream, UpstreamRequest, UpstreamResponse } from './upstream.ts'

const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 503])
const FIRST_RETRY_MS = 200
const LONGEST_RETRY_MS = 5_000
const ERROR_PAGE_BYTES = 64 * 1024
/** Keys in the shapes that model providers use, whole or abbreviated with stars. */
const SECRET_LIKE = /\b(?:sk|pk|rk|key|Bearer)[-_ ][A-Za-z0-9_*.-]{8,}/g

/**
 * A model server over HTTP: OpenAI-compatible or Anthropic. The body goes out as the client sent it; headers are our own. Nothing of an
 * upstream's error text, address or key is part of an error thrown here.
 */
export class HttpUpstream implements Upstream {
  readonly #pool: Pool
  readonly #basePath: string
  readonly #config: UpstreamConfig
  readonly #authorization: Record<string, string>
  readonly #apiKey: string | undefined
  readonly #ids: Ids

  constructor(config: UpstreamConfig, apiKey: string | undefined, ids: Ids) {
    if (config.baseUrl === undefined)
      throw new AppError('CONFIG_INVALID', `upstream "${config.id}": baseUrl is required`)
    const url = new URL(config.baseUrl)
    this.#basePath = url.pathname.replace(/\/(v1\/?)?$/, '')
    this.#config = config
    this.#apiKey = apiKey
    this.#ids = ids
    this.#authorization = authorizationFor(config.kind, apiKey)
    this.#pool = new Pool(url.origin, {
      connections: config.maxConnections,
      connect: { timeout: config.connectTimeoutMs },
      headersTimeout: config.firstByteTimeoutMs,
      bodyTimeout: config.idleTimeoutMs,
    })
  }

  /**
   * Sends, with retries on connection failure, 429 and 503: nothing has been released to the client at that point.
   *
   * @throws {AppError} UPSTREAM_UNAVAILABLE or UPSTREAM_TIMEOUT; the abort reason when `signal` fired.
   */
  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    for (let attempt = 0; ; attempt++) {
      const last = attempt >= this.#config.retries
      try {
        const response = await this.#sendOnce(request)
        if (last || !RETRIED_STATUSES.has(response.status)) return response
        for await (const _ of response.body) break
        await this.#pause(attempt, response.headers['retry-after'], request.signal)
      } catch (error) {
        if (request.signal.aborted || last || isTimeout(error))
          throw toUpstreamError(error, request.signal, this.#config.id)
        await this.#pause(attempt, undefined, request.signal)
      }
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #sendOnce(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { signal } = request
    const body = new ExchangeHandler(signal, (error) => toUpstreamError(error, signal, this.#config.id))
    const headers = { ...request.headers, ...this.#authorization }
    this.#pool.dispatch({ method: 'POST', path: this.#basePath + request.path, headers, body: request.body }, body)
    const head = await body.head
    const flat: Record<string, string> = {}
    for (const name in head.headers) {
      const value = head.headers[name]
      if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
    }
    return { status: head.status, headers: flat, body: head.status < 400 ? body : this.#withoutKey(body) }
  }

  /** Error pages like to quote the key that was sent: it is blotted out, and the page cut off at 64 KiB. */
  async *#withoutKey(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size > ERROR_PAGE_BYTES) break
    }
    let text = Buffer.concat(chunks).subarray(0, ERROR_PAGE_BYTES).toString('utf8')
    if (this.#apiKey) text = text.replaceAll(this.#apiKey, '[redacted]')
    yield Buffer.from(text.replace(SECRET_LIKE, '[redacted]'))
  }

  async #pause(attempt: number, retryAfter: string | undefined, signal: AbortSignal): Promise<void> {
    const asked = Number(retryAfter) * 1_000
    const base = Number.isFinite(asked) && asked > 0 ? asked : FIRST_RETRY_MS * 2 ** attempt
    // Spread out so that many requests that failed together do not come back together.
    const spread = 0.75 + (this.#ids.bytes(1)[0] ?? 0) / 512
    const delayMs = Math.min(LONGEST_RETRY_MS, base * spread)
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, delayMs)
      signal.addEventListener('abort', stop, { once: true })
    })
  }
}

function authorizationFor(kind: UpstreamConfig['kind'], apiKey: string | undefined): Record<string, string> {
  if (apiKey === undefined) return {}
  return kind === 'anthropic' ? { 'x-api-key': apiKey } : { authorization: `Bearer ${apiKey}` }
}

const TIMEOUT_CODES: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && TIMEOUT_CODES.has(String(error.code))
}

function toUpstreamError(error: unknown, signal: AbortSignal, id: string): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof AppError) return error
  if (isTimeout(error))
    return new AppError('UPSTREAM_TIMEOUT', `upstream "${id}" did not answer in time`, { cause: error })
  return new AppError('UPSTREAM_UNAVAILABLE', `upstream "${id}" can't be reached or broke off`, { cause: error })
}
