import type { Clock } from '../../../base/clock.ts'

export interface BreakerConfig {
  /** Fewest failures within the window that open it. */
  readonly minFailures: number
  /** Share of failures among the outcomes of the window from which it opens, in (0, 1]. */
  readonly failureRatio: number
  readonly windowMs: number
  /** How long it stays open before it tries again. */
  readonly openMs: number
  /** Successes in a row, one at a time, that close it again. */
  readonly probes: number
}

export type BreakerState = 'closed' | 'open' | 'half_open'

/** Leave to make one attempt; exactly one of its methods must be called, once. */
export interface Attempt {
  succeeded(): void
  failed(): void
  /** The attempt said nothing about the server: it was given up, or failed by its content. */
  cancelled(): void
}

const BUCKETS = 10

/**
 * Stops asking a server that fails, so that nobody waits for it and it gets time to recover. Closed: all may ask. Open: nobody may,
 * until `openMs` have passed. Half open: one at a time may, until `probes` succeed (closed) or one fails (open).
 */
export class CircuitBreaker {
  readonly #config: BreakerConfig
  readonly #clock: Clock
  readonly #bucketMs: number
  readonly #successes = new Float64Array(BUCKETS)
  readonly #failures = new Float64Array(BUCKETS)
  /** Number of the newest bucket, counted from the clock's start. */
  #bucket: number
  #openedAt: number | null = null
  #probing = false
  #probesPassed = 0
  /** Outcomes of attempts that began in an earlier state count for nothing. */
  #epoch = 0

  constructor(config: BreakerConfig, clock: Clock) {
    this.#config = config
    this.#clock = clock
    this.#bucketMs = config.windowMs / BUCKETS
    this.#bucket = Math.floor(clock.monotonic() / this.#bucketMs)
  }

  get state(): BreakerState {
    if (this.#openedAt === null) return 'closed'
    return this.#clock.monotonic() - this.#openedAt < this.#config.openMs ? 'open' : 'half_open'
  }

  /** Leave to ask, or null when nobody may ask now. */
  attempt(): Attempt | null {
    const state = this.state
    if (state === 'open' || (state === 'half_open' && this.#probing)) return null
    if (state === 'closed')
      return this.#tracked(
        () => this.#count(this.#successes),
        () => this.#countFailure(),
      )
    this.#probing = true
    return this.#tracked(
      () => this.#probePassed(),
      () => this.#open(),
      () => (this.#probing = false),
    )
  }

  #tracked(onSuccess: () => void, onFailure: () => void, onCancel: () => void = () => {}): Attempt {
    const epoch = this.#epoch
    let pending = true
    const once = (then: () => void) => () => {
      if (pending && epoch === this.#epoch) then()
      pending = false
    }
    return { succeeded: once(onSuccess), failed: once(onFailure), cancelled: once(onCancel) }
  }

  #countFailure(): void {
    this.#count(this.#failures)
    const failures = sum(this.#failures)
    const all = failures + sum(this.#successes)
    if (failures >= this.#config.minFailures && failures >= all * this.#config.failureRatio) this.#open()
  }

  #count(counter: Float64Array): void {
    this.#forgetOld()
    const slot = this.#bucket % BUCKETS
    counter[slot] = (counter[slot] ?? 0) + 1
  }

  #forgetOld(): void {
    const now = Math.floor(this.#clock.monotonic() / this.#bucketMs)
    for (let step = Math.max(this.#bucket + 1, now - BUCKETS + 1); step <= now; step++) {
      this.#successes[step % BUCKETS] = 0
      this.#failures[step % BUCKETS] = 0
    }
    this.#bucket = now
  }

  #probePassed(): void {
    this.#probing = false
    this.#probesPassed += 1
    if (this.#probesPassed < this.#config.probes) return
    this.#epoch += 1
    this.#openedAt = null
    this.#successes.fill(0)
    this.#failures.fill(0)
  }

  #open(): void {
    this.#epoch += 1
    this.#openedAt = this.#clock.monotonic()
    this.#probing = false
    this.#probesPassed = 0
  }
}

function sum(counter: Float64Array): number {
  let total = 0
  for (const count of counter) total += count
  return total
}
