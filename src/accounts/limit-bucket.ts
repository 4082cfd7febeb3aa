import type { Clock } from '../base/clock.ts'
import type { SharedBucket, SharedLimits } from './shared-limits.ts'
import { TokenBucket } from './token-bucket.ts'

export interface LimitBucketOptions {
  readonly key: string
  /** Of all replicas together. */
  readonly capacity: number
  readonly clock: Clock
  readonly nowMs: number
  /** null = this process counts alone, and the whole is its own. */
  readonly shared: SharedLimits | null
}

/** A bucket that other replicas take from too, as far as this process knows it. */
export class LimitBucket implements SharedBucket {
  readonly key: string
  readonly #clock: Clock
  readonly #shared: SharedLimits | null
  readonly #bucket: TokenBucket
  /** Of all replicas together. */
  #whole: number
  /** Taken here since the others were last told. */
  #used = 0

  constructor({ key, capacity, clock, nowMs, shared }: LimitBucketOptions) {
    this.key = key
    this.#whole = capacity
    this.#clock = clock
    this.#shared = shared
    this.#bucket = new TokenBucket(this.#part(), nowMs)
  }

  get capacity(): number {
    return this.#whole
  }

  remaining(nowMs: number): number {
    return this.#bucket.remaining(nowMs)
  }

  /**
   * Milliseconds until `amount` can be taken: 0 = now, Infinity = never. While each replica keeps to its part, an amount that is larger than the
   * part, but not than the whole, waits for a full bucket and leaves a debt.
   */
  waitMs(amount: number, nowMs: number): number {
    if (amount > this.#whole) return Number.POSITIVE_INFINITY
    return this.#bucket.waitMs(Math.min(amount, this.#bucket.capacity), nowMs)
  }

  take(amount: number): void {
    this.#bucket.take(amount)
    this.#tell(amount)
  }

  adjust(amount: number, nowMs: number): void {
    this.#bucket.adjust(amount, nowMs)
    if (amount !== 0) this.#tell(amount)
  }

  /** @param capacity of all replicas together */
  resize(capacity: number, nowMs: number): void {
    this.#whole = capacity
    this.#bucket.resize(this.#part(), nowMs)
  }

  takeUsed(): number {
    const used = this.#used
    this.#used = 0
    return used
  }

  follow(level: number): void {
    this.#bucket.set(level - this.#used, this.#clock.monotonic())
  }

  #part(): number {
    return Math.max(1, Math.floor(this.#whole * (this.#shared?.share ?? 1)))
  }

  #tell(amount: number): void {
    if (this.#shared === null) return
    this.#used += amount
    this.#shared.touch(this)
  }
}
