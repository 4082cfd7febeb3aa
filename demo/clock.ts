import type { Clock } from '../src/base/clock.ts'

/**
 * Some time before the real one, and running at its pace: weeks go by in a minute when it is set forward again and again. It never gets ahead of the
 * real time, and never goes back.
 */
export class StoryClock implements Clock {
  #aheadMs: number
  readonly #origin = performance.timeOrigin

  constructor(startMs: number) {
    this.#aheadMs = startMs - Date.now()
  }

  now(): number {
    return Math.floor(this.#origin + performance.now() + this.#aheadMs)
  }

  /** Goes forward with it, so that what is allowed so often a minute is allowed so often in a minute of the story. */
  monotonic(): number {
    return this.now()
  }

  /** Goes on to this instant, or to now if that is earlier. @param ms since the epoch */
  to(ms: number): void {
    this.#aheadMs = Math.max(this.#aheadMs, Math.min(0, ms - this.#origin - performance.now()))
  }
}
