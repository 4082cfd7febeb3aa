import type { Clock } from '../base/clock.ts'
import { codeOf } from '../base/error-code.ts'
import type { Log } from '../base/log.ts'

/** What one replica used of one bucket since it last told, and how large the bucket is. */
export interface Usage {
  readonly key: string
  readonly capacity: number
  /** What was taken; below zero when more was given back. */
  readonly used: number
}

/** The store that replicas share: all times are its own, so replicas' clocks don't matter. */
export interface LimitStore {
  /** Takes what was used out of each bucket. @returns the level of each afterwards, in order, and how many replicas there are */
  exchange(replica: string, usages: readonly Usage[]): Promise<{ levels: readonly number[]; replicas: number }>
  close(): Promise<void>
}

/** A bucket of this process, as it is kept in step with the shared one. */
export interface SharedBucket {
  readonly key: string
  readonly capacity: number
  /** Takes what was used since the last call. */
  takeUsed(): number
  /** The level of the shared bucket, from which `used` has been taken already. */
  follow(level: number): void
}

export interface SharedLimitsState {
  readonly state: 'together' | 'alone'
  readonly replicas: number
  /** Part of every limit that this process gives out: 1 together, 1/replicas alone. */
  readonly share: number
  /** Seconds since the store last answered. */
  readonly silentSeconds: number
  readonly exchanges: number
  readonly failures: number
}

export interface SharedLimitsDeps {
  readonly store: LimitStore
  readonly clock: Clock
  readonly log: Log
  /** Names this process among the others. */
  readonly replica: string
  /** How many replicas to assume before any was counted. */
  readonly replicas: number
}

const EXCHANGE_MS = 25
/** Without an answer for so long the store counts as gone. */
const GONE_MS = 1_000
const HEARTBEAT_MS = 1_000
const MOST_AT_ONCE = 500

/**
 * Keeps buckets of several replicas in step. A request is admitted from memory at once, by what the shared bucket held when it was last
 * heard of; what was used is told at once where the bucket has been quiet, else 25 ms after the last time. So more than the limit passes only as far as other
 * replicas admit within one exchange; it is a debt in the shared bucket, which later refills pay: over a minute and more the limit holds.
 *
 * While the store is gone each replica gives out its part, limit / replicas.
 */
export class SharedLimits implements AsyncDisposable {
  readonly #deps: SharedLimitsDeps
  readonly #changed = new Set<SharedBucket>()
  readonly #listeners: (() => void)[] = []
  #replicas: number
  #together = false
  #answeredMs: number
  #exchanging = false
  #timer: NodeJS.Timeout | null = null
  #lastStartMs = Number.NEGATIVE_INFINITY
  #exchanges = 0
  #failures = 0
  #closed = false
  readonly #heart: NodeJS.Timeout
  #running: Promise<void> = Promise.resolve()

  constructor(deps: SharedLimitsDeps) {
    this.#deps = deps
    this.#replicas = Math.max(1, deps.replicas)
    this.#answeredMs = deps.clock.monotonic()
    this.#heart = setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
    this.#beat()
  }

  /** Part of each limit that is this process's to give. */
  get share(): number {
    return this.#together ? 1 : 1 / this.#replicas
  }

  /** @param listener told when `share` has changed */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** Something was taken from this bucket, or given back: the others will hear of it. */
  touch(bucket: SharedBucket): void {
    this.#changed.add(bucket)
    if (this.#timer !== null || this.#exchanging || this.#closed) return
    const waitMs = Math.max(0, this.#lastStartMs + EXCHANGE_MS - this.#deps.clock.monotonic())
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#running = this.#exchange()
    }, waitMs).unref()
  }

  state(): SharedLimitsState {
    return {
      state: this.#together ? 'together' : 'alone',
      replicas: this.#replicas,
      share: this.share,
      silentSeconds: Math.max(0, this.#deps.clock.monotonic() - this.#answeredMs) / 1_000,
      exchanges: this.#exchanges,
      failures: this.#failures,
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#heart)
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#running
    await this.#deps.store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Also when nothing is used: others count this process, and it learns that the store is back. */
  #beat(): void {
    const stuck = this.#exchanging && this.#deps.clock.monotonic() - this.#lastStartMs > GONE_MS
    if (this.#together && stuck) this.#alone(null)
    if (!this.#exchanging && !this.#closed) this.#running = this.#exchange()
  }

  async #exchange(): Promise<void> {
    this.#exchanging = true
    this.#lastStartMs = this.#deps.clock.monotonic()
    const buckets = [...this.#changed].slice(0, MOST_AT_ONCE)
    for (const bucket of buckets) this.#changed.delete(bucket)
    const usages = buckets.map((bucket) => ({ key: bucket.key, capacity: bucket.capacity, used: bucket.takeUsed() }))
    try {
      const { levels, replicas } = await this.#deps.store.exchange(this.#deps.replica, usages)
      this.#exchanges++
      this.#answeredMs = this.#deps.clock.monotonic()
      this.#replicas = Math.max(1, replicas)
      if (!this.#together) this.#joined()
      buckets.forEach((bucket, i) => {
        const level = levels[i]
        if (level !== undefined) bucket.follow(level)
      })
    } catch (error) {
      // What was used while it was gone stays unsaid: each replica kept to its own part.
      this.#failures++
      if (this.#together) this.#alone(error)
    } finally {
      this.#exchanging = false
      const [next] = this.#changed
      if (next !== undefined) this.touch(next)
    }
  }

  #joined(): void {
    this.#together = true
    this.#deps.log.info({ replicas: this.#replicas }, 'rate limits are counted together with the other replicas')
    for (const listener of this.#listeners) listener()
  }

  #alone(error: unknown): void {
    this.#together = false
    this.#deps.log.warn(
      { replicas: this.#replicas, code: codeOf(error) },
      'the rate limit store is gone: this replica keeps to its part',
    )
    for (const listener of this.#listeners) listener()
  }
}
