import type { Clock } from './clock.ts'
import type { Log } from './log.ts'

/** `unready`: requests can't be served. `degraded`: they are, with something missing that somebody should mend. */
export type Severity = 'unready' | 'degraded'

/** Something that does not hold now. */
export interface Condition {
  /** Stable, in `snake_case`: alerts and runbooks go by it. */
  readonly code: string
  readonly severity: Severity
  /** Public words: what is wrong and what follows from it. */
  readonly words: string
  /** Since when, ISO 8601. */
  readonly since: string
}

export interface Readiness {
  readonly state: 'ready' | 'degraded' | 'unready'
  /** Whether requests are served: a degraded installation is ready. */
  readonly ready: boolean
  /** The words of what makes it unready. */
  readonly reasons: readonly string[]
  /** Everything that does not hold, the grave first. */
  readonly conditions: readonly Condition[]
}

interface Watched {
  readonly code: string
  readonly severity: Severity
  readonly check: () => string | null
  sinceMs: number | null
}

/**
 * What must hold for an installation to serve, asked wherever somebody wants to know: each room says under a code what is wrong with it.
 * A condition is logged once when it begins and once when it ends.
 */
export class Conditions {
  readonly #clock: Clock
  readonly #log: Log
  readonly #watched: Watched[] = []

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** @param check quick and synchronous: public words for what is wrong, null while all is well. */
  watch(code: string, severity: Severity, check: () => string | null): void {
    this.#watched.push({ code, severity, check, sinceMs: null })
  }

  /** Asks every check. To be called every second or so, lest `since` is later than the truth. */
  readiness(): Readiness {
    const conditions: Condition[] = []
    for (const watched of this.#watched) {
      const words = watched.check()
      if (words !== null) conditions.push(this.#begun(watched, words))
      else if (watched.sinceMs !== null) this.#ended(watched)
    }
    conditions.sort((a, b) => Number(b.severity === 'unready') - Number(a.severity === 'unready'))
    const reasons = conditions.filter(({ severity }) => severity === 'unready').map(({ words }) => words)
    const ready = reasons.length === 0
    return { state: ready ? (conditions.length === 0 ? 'ready' : 'degraded') : 'unready', ready, reasons, conditions }
  }

  /** Every code that can come up, for metrics. */
  codes(): readonly { readonly code: string; readonly severity: Severity }[] {
    return this.#watched
  }

  #begun(watched: Watched, words: string): Condition {
    const { code, severity } = watched
    if (watched.sinceMs === null) {
      watched.sinceMs = this.#clock.now()
      this.#log.warn({ code, severity, words }, severity === 'unready' ? 'not ready' : 'degraded')
    }
    return { code, severity, words, since: new Date(watched.sinceMs).toISOString() }
  }

  #ended(watched: Watched): void {
    const lastedMs = this.#clock.now() - (watched.sinceMs ?? 0)
    watched.sinceMs = null
    this.#log.info({ code: watched.code, lastedMs }, 'holds again')
  }
}
