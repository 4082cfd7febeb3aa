/** Time as an input, so that a test can live through a year in a second. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump. */
  now(): number
  /** Milliseconds since an arbitrary start; never goes back. For durations and deadlines. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now: number
  #monotonic = 0
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  advance(ms: number): void {
    this.#now += ms
    this.#monotonic += ms
  }

  /** The wall clock jumps, as NTP or an administrator may make it do; the monotonic one does not. */
  jump(ms: number): void {
    this.#now += ms
  }
}

/** Clocks of several machines agree to about this: what lies further ahead than that is wrong, not early. */
export const SKEW_MS = 5 * 60_000

/** A time as the API and the ledger write it. @param ms since the epoch */
export function iso(ms: number): string {
  return new Date(ms).toISOString()
}
