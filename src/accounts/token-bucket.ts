/** A minute's refill in milliseconds, and the parts of a token that are counted: so each millisecond brings a whole number of parts, and nothing is rounded. */
const PARTS = 60_000

/**
 * A bucket that holds `capacity` tokens and refills within a minute. Times are monotonic milliseconds; one that lies before an earlier
 * one counts as no time passed.
 *
 * Taken in total up to any time t, less what was given back: at most capacity + t × capacity / 60 000.
 */
export class TokenBucket {
  #capacity: number
  /** In parts of a token. */
  #level: number
  #atMs: number

  constructor(capacity: number, nowMs: number) {
    this.#capacity = capacity
    this.#level = capacity * PARTS
    this.#atMs = nowMs
  }

  get capacity(): number {
    return this.#capacity
  }

  /** Whole tokens that can be taken now; never below zero. */
  remaining(nowMs: number): number {
    this.#refill(nowMs)
    return Math.max(0, Math.floor(this.#level / PARTS))
  }

  /** Milliseconds until `amount` can be taken: 0 = now, Infinity = never, since it is more than the bucket holds. */
  waitMs(amount: number, nowMs: number): number {
    this.#refill(nowMs)
    if (amount > this.#capacity) return Number.POSITIVE_INFINITY
    return Math.max(0, Math.ceil((amount * PARTS - this.#level) / this.#capacity))
  }

  /** The caller has seen that `waitMs` is 0. */
  take(amount: number): void {
    this.#level -= amount * PARTS
  }

  /**
   * Corrects an earlier `take` by what was really used: gives back, or takes more. More than is there leaves a debt, which later refills
   * pay off; it is bounded by one capacity, so that a wrong figure from an upstream locks nobody out for longer than a minute.
   */
  adjust(amount: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#level = this.#within(this.#level - amount * PARTS)
  }

  /** A new capacity; what is in the bucket stays, as far as it fits. */
  resize(capacity: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#capacity = capacity
    this.#level = this.#within(this.#level)
  }

  /** What the bucket really holds, as somebody who knows better says. */
  set(level: number, nowMs: number): void {
    this.#atMs = Math.max(this.#atMs, nowMs)
    this.#level = Math.min(this.#capacity, level) * PARTS
  }

  #refill(nowMs: number): void {
    const elapsedMs = nowMs - this.#atMs
    if (!(elapsedMs > 0)) return
    this.#level = Math.min(this.#capacity * PARTS, this.#level + elapsedMs * this.#capacity)
    this.#atMs = nowMs
  }

  /** At most full, and at most one capacity in debt. */
  #within(level: number): number {
    const full = this.#capacity * PARTS
    return Math.max(-full, Math.min(full, level))
  }
}
