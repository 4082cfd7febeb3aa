import type { Clock } from '../../base/clock.ts'
import { sourceOf } from '../../staff/index.ts'
import { FormLimiter } from './form-limiter.ts'

const LOOKING = 0.2
/** Of an hour's worth: whoever has mistyped often enough still gets another try within a quarter of an hour. */
const MOST_AT_ONCE = 0.25
const MOST_SOURCES = 10_000

/**
 * Who tries receipt codes: looking costs a fifth of a report, and twice as much after each code that was none, so that an address that guesses
 * is done after a handful. The code itself has 130 random bits; this spares the database, not the code.
 */
export class ReceiptLimiter {
  readonly #limiter: FormLimiter
  readonly #mostAtOnce: number
  readonly #misses = new Map<string, number>()

  constructor(clock: Clock, perHour: number) {
    this.#limiter = new FormLimiter(clock, perHour)
    this.#mostAtOnce = perHour * MOST_AT_ONCE
  }

  /** Whether this address may look now. */
  admit(address: string): boolean {
    const misses = this.#misses.get(sourceOf(address)) ?? 0
    return this.#limiter.admit(address, Math.min(LOOKING * 2 ** misses, this.#mostAtOnce))
  }

  /** What came of it. */
  looked(address: string, found: boolean): void {
    const source = sourceOf(address)
    const misses = this.#misses.get(source) ?? 0
    this.#misses.delete(source)
    if (found) return
    this.#misses.set(source, misses + 1)
    if (this.#misses.size <= MOST_SOURCES) return
    const oldest = this.#misses.keys().next().value
    if (oldest !== undefined) this.#misses.delete(oldest)
  }
}

/** How many bytes of forms are held in memory at once, all together: who sends slowly holds little, and keeps nobody out. */
export class UploadBudget {
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#left += bytes
  }
}
