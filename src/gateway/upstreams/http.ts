import type { Dispatcher } from 'undici'
import type { UpstreamConfig } from '../../base/config.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { retryAfterMs } from '../../base/retry-after.ts'
import type { RequestAuth } from './auth/request-auth.ts'
import { ExchangeHandler } from './exchange-handler.ts'
import type { Upstream, UpstreamRequest, UpstreamResponse } from './upstream.ts'
import type { Wire } from './wires/wire.ts'

const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 503])
const FIRST_RETRY_MS = 200
const LONGEST_RETRY_MS = 5_000
const ERROR_PAGE_BYTES = 64 * 1024
const SHORTEST_SECRET_CHARS = 8
/** Keys in the shapes that model providers use, whole or abbreviated with stars. */
const SECRET_LIKE = /\b(?:sk|pk|rk|key|Bearer)[-_ ][A-Za-z0-9_*.-]{8,}/g

interface HttpUpstreamParts {
  readonly wire: Wire
  readonly auth: RequestAuth
  readonly dispatcher: Dispatcher
  readonly ids: Ids
}

/**
 * A model server over HTTP: how it is spoken to is its wire's affair, who we are its auth's. Headers are our own. Nothing of an upstream's
 * error text, address or credentials is part of an error thrown here.
 */
export class HttpUpstream implements Upstream {
  readonly #config: UpstreamConfig
  readonly #wire: Wire
  readonly #auth: RequestAuth
  readonly #dispatcher: Dispatcher
  readonly #ids: Ids

  constructor(config: UpstreamConfig, { wire, auth, dispatcher, ids }: HttpUpstreamParts) {
    this.#config = config
    this.#wire = wire
    this.#auth = auth
    this.#dispatcher = dispatcher
    this.#ids = ids
  }

  /**
   * Sends, with retries on connection failure, 429 and 503: nothing has been released to the client at that point.
   *
   * @throws {AppError} UPSTREAM_UNAVAILABLE or UPSTREAM_TIMEOUT; the abort reason when `signal` fired.
   */
  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    let renewed = false
    for (let attempt = 0; ; attempt++) {
      const last = attempt >= this.#config.retries
      try {
        const response = await this.#sendOnce(request)
        if (response.status === 401 && !renewed && this.#auth.renew !== undefined) {
          renewed = true
          this.#auth.renew()
          for await (const _ of response.body) break
          continue
        }
        if (last || !RETRIED_STATUSES.has(response.status)) return response
        for await (const _ of response.body) break
        await this.#pause(attempt, retryAfterMs(response.headers), request.signal)
      } catch (error) {
        if (request.signal.aborted || last || isTimeout(error))
          throw toUpstreamError(error, request.signal, this.#config.id)
        await this.#pause(attempt, null, request.signal)
      }
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }

  async prove(): Promise<void> {
    await this.#auth.prove?.()
  }

  /** Asks for nothing that costs: any status will do, for it came over the same way as answers will. */
  async reach(): Promise<void> {
    const { origin } = this.#wire
    const signal = AbortSignal.timeout(this.#config.connectTimeoutMs)
    try {
      const { body } = await this.#dispatcher.request({ origin, method: 'GET', path: '/', signal })
      await body.dump({ limit: ERROR_PAGE_BYTES })
    } catch (cause) {
      throw new AppError('UPSTREAM_UNAVAILABLE', `${origin} can’t be reached: ${reasonOf(cause)}`, { cause })
    }
  }

  async #sendOnce(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { signal } = request
    const { origin } = this.#wire
    const { path, body, headers } = this.#wire.request(request)
    const proving = this.#auth.headers({ origin, path, headers, body })
    const proof = proving instanceof Promise ? await proving : proving
    const answer = new ExchangeHandler(signal, (error) => toUpstreamError(error, signal, this.#config.id))
    this.#dispatcher.dispatch({ origin, method: 'POST', path, headers: { ...headers, ...proof }, body }, answer)
    const head = await answer.head
    const flat: Record<string, string> = {}
    for (const name in head.headers) {
      const value = head.headers[name]
      if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
    }
    const response = { status: head.status, headers: flat, body: answer }
    if (head.status >= 400) return { ...response, body: withoutSecrets(answer, Object.values(proof)) }
    return this.#wire.answer?.(request, response) ?? response
  }

  async #pause(attempt: number, askedMs: number | null, signal: AbortSignal): Promise<void> {
    const base = askedMs || FIRST_RETRY_MS * 2 ** attempt
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

/** Error pages like to quote what was sent to prove who we are: it is blotted out, and the page cut off at 64 KiB. */
async function* withoutSecrets(
  body: AsyncIterable<Uint8Array>,
  secrets: readonly string[],
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > ERROR_PAGE_BYTES) break
  }
  let text = Buffer.concat(chunks).subarray(0, ERROR_PAGE_BYTES).toString('utf8')
  for (const secret of secrets) {
    const bare = secret.replace(/^Bearer /, '')
    if (bare.length >= SHORTEST_SECRET_CHARS) text = text.replaceAll(bare, '[redacted]')
  }
  yield Buffer.from(text.replace(SECRET_LIKE, '[redacted]'))
}

const TIMEOUT_CODES: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && TIMEOUT_CODES.has(String(error.code))
}

/** For the operator at a terminal: a code of the system, or what TLS or the proxy said. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'no answer in time'
  return 'code' in error && error.code !== 'UND_ERR_ABORTED'
    ? `${error.message} (${String(error.code)})`
    : error.message
}

function toUpstreamError(error: unknown, signal: AbortSignal, id: string): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof AppError) return error
  if (isTimeout(error))
    return new AppError('UPSTREAM_TIMEOUT', `upstream "${id}" did not answer in time`, { cause: error })
  return new AppError('UPSTREAM_UNAVAILABLE', `upstream "${id}" can't be reached or broke off`, { cause: error })
}
