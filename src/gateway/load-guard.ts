import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'

const SAMPLE_EVERY_MS = 200
/** So many samples in a row must be late: one long step of one request is no overload. */
const SAMPLES = 3

/** Why a request is turned away before anything is done for it. */
export type Overload = 'concurrency' | 'event_loop'

/**
 * Turns requests away early while there is more to do than this process can: beyond a number of requests at once, or while its event loop
 * runs late. Late is the least of the last delays, so that it tells of a state and not of a moment.
 */
export class LoadGuard {
  readonly #limits: () => Pick<Config['limits'], 'maxConcurrent' | 'maxEventLoopDelayMs'>
  readonly #clock: Clock
  readonly #timer: NodeJS.Timeout
  #delays: readonly number[] = []
  #dueMs: number

  constructor(limits: () => Pick<Config['limits'], 'maxConcurrent' | 'maxEventLoopDelayMs'>, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#dueMs = clock.monotonic() + SAMPLE_EVERY_MS
    this.#timer = setInterval(() => this.sample(), SAMPLE_EVERY_MS).unref()
  }

  /** How late the event loop has run at least, over the last samples. */
  get delayMs(): number {
    return this.#delays.length < SAMPLES ? 0 : Math.min(...this.#delays)
  }

  /** @param inFlight requests that are being served, the one that asks among them. */
  overload(inFlight: number): Overload | null {
    const { maxConcurrent, maxEventLoopDelayMs } = this.#limits()
    if (inFlight > maxConcurrent) return 'concurrency'
    return maxEventLoopDelayMs > 0 && this.delayMs > maxEventLoopDelayMs ? 'event_loop' : null
  }

  /** Takes one sample: how much later than due it is called. */
  sample(): void {
    const now = this.#clock.monotonic()
    this.#delays = [...this.#delays.slice(1 - SAMPLES), Math.max(0, now - this.#dueMs)]
    this.#dueMs = now + SAMPLE_EVERY_MS
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
