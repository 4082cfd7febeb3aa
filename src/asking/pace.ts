import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'

const FIRST_MS = 1_000
const LONGEST_MS = 60_000

export interface PaceDeps {
  readonly clock: Clock
  readonly ids: Ids
  /** Resolves after this long, or when `signal` fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** How long who asks waits before asking again; a server that wants fewer questions is left alone by all who ask. */
export class Pace {
  readonly #deps: PaceDeps
  #quietUntil = 0

  constructor(deps: PaceDeps) {
    this.#deps = deps
  }

  /** Until nobody has to keep quiet. */
  async turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#quietUntil - this.#deps.clock.monotonic()
      if (left <= 0 || signal.aborted) return
      await this.#deps.sleep(left, signal)
    }
  }

  /** @param attempt 0 for the first time @param afterMs what the server asks for; null = it says nothing */
  async again(attempt: number, { busy, afterMs }: { busy: boolean; afterMs: number | null }, signal: AbortSignal) {
    const { clock, ids, sleep } = this.#deps
    // Spread out, so that many questions that failed together don't come back together.
    const spread = 1 + (ids.bytes(1)[0] ?? 0) / 512
    const ms = afterMs === null ? Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * spread : afterMs * spread
    if (!busy) return sleep(ms, signal)
    this.#quietUntil = Math.max(this.#quietUntil, clock.monotonic() + ms)
    return this.turn(signal)
  }
}
