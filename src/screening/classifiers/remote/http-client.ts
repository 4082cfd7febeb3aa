import { type Dispatcher, Pool } from 'undici'
import type { Egress } from '../../../base/egress.ts'
import type { Json } from '../../../base/json.ts'
import { parseStrictJson } from '../../../base/strict-json.ts'
import { GuardError } from './guard-error.ts'

export interface HttpClientConfig {
  /** Name of the guard, for errors. */
  readonly id: string
  /** Scheme, host and path prefix; a path that is asked for is appended. */
  readonly baseUrl: string
  readonly apiKey?: string
  /** From the start of one call, waiting for its turn included, to the last byte of the answer. */
  readonly timeoutMs: number
  readonly maxConcurrent: number
  /** Calls that may wait for their turn; more are turned away at once. */
  readonly maxQueued: number
  readonly maxResponseBytes: number
  /** The way out; straight when absent. */
  readonly egress?: Pick<Egress, 'open'> | undefined
}

const MAX_DEPTH = 32
/** What the content of a request can bring about: everything else in 4xx is a matter of keys, names or load. */
const REJECTIONS: ReadonlySet<number> = new Set([400, 413, 422])

/**
 * Posts JSON to one server and reads JSON back, within bounds of time, size and concurrency. Never retries: a late answer is worth
 * less than the fallback. Follows no redirect. Errors hold neither body, address nor key.
 */
export class GuardHttpClient {
  readonly #config: HttpClientConfig
  readonly #origin: string
  readonly #pool: Dispatcher
  readonly #basePath: string
  readonly #headers: Record<string, string>
  readonly #turns: Turns

  constructor(config: HttpClientConfig) {
    this.#config = config
    const url = new URL(config.baseUrl)
    this.#basePath = url.pathname.replace(/\/(v1\/?)?$/, '')
    this.#origin = url.origin
    this.#pool =
      config.egress?.open({
        origin: url.origin,
        maxConnections: config.maxConcurrent,
        connectTimeoutMs: config.timeoutMs,
      }) ?? new Pool(url.origin, { connections: config.maxConcurrent, connect: { timeout: config.timeoutMs } })
    this.#headers = { 'content-type': 'application/json', accept: 'application/json' }
    if (config.apiKey !== undefined) this.#headers.authorization = `Bearer ${config.apiKey}`
    this.#turns = new Turns(config.maxConcurrent, config.maxQueued)
  }

  /**
   * @param path with its leading slash, `/v1/chat/completions`
   * @throws {GuardError} and, when `signal` fired, its reason
   */
  async post(path: string, body: Json, signal?: AbortSignal): Promise<Json> {
    signal?.throwIfAborted()
    const deadline = AbortSignal.timeout(this.#config.timeoutMs)
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    try {
      const release = await this.#turns.take(either)
      if (release === null) throw this.#error('overloaded', 'too many questions wait already')
      try {
        return await this.#exchange(path, JSON.stringify(body), either)
      } finally {
        release()
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (error instanceof GuardError) throw error
      if (deadline.aborted) throw this.#error('timeout', `no answer within ${this.#config.timeoutMs} ms`, error)
      throw this.#error('network', "can't be reached or broke off", error)
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #exchange(path: string, body: string, signal: AbortSignal): Promise<Json> {
    const response = await this.#pool.request({
      origin: this.#origin,
      method: 'POST',
      path: this.#basePath + path,
      headers: this.#headers,
      body,
      signal,
    })
    if (response.statusCode !== 200) {
      response.body.on('error', () => {}).destroy()
      const failure = REJECTIONS.has(response.statusCode) ? 'rejected' : 'status'
      throw this.#error(failure, `answered with status ${response.statusCode}`)
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response.body) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > this.#config.maxResponseBytes)
        throw this.#error('response_too_large', `answered with more than ${this.#config.maxResponseBytes} bytes`)
      chunks.push(bytes)
    }
    try {
      return parseStrictJson(Buffer.concat(chunks), { maxDepth: MAX_DEPTH })
    } catch (cause) {
      throw this.#error('malformed', 'answered with something other than strict JSON', cause)
    }
  }

  #error(failure: GuardError['failure'], detail: string, cause?: unknown): GuardError {
    return new GuardError(failure, this.#config.id, detail, cause === undefined ? undefined : { cause })
  }
}

/** A fixed number of places, and a bounded row of those who wait for one. */
class Turns {
  #free: number
  readonly #maxQueued: number
  readonly #waiting = new Set<() => void>()

  constructor(places: number, maxQueued: number) {
    this.#free = places
    this.#maxQueued = maxQueued
  }

  /** A function that gives the place back; null when the row is full; rejects when `signal` fires first. */
  async take(signal: AbortSignal): Promise<(() => void) | null> {
    if (this.#free > 0) this.#free -= 1
    else if (this.#waiting.size >= this.#maxQueued) return null
    else await this.#wait(signal)
    return () => this.#release()
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter)
        reject(signal.reason)
      }
      const enter = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      this.#waiting.add(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** The place goes straight to the first who waits, so that nobody overtakes. */
  #release(): void {
    for (const enter of this.#waiting) {
      this.#waiting.delete(enter)
      enter()
      return
    }
    this.#free += 1
  }
}
