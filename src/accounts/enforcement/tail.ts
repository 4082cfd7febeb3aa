import { setImmediate } from 'node:timers/promises'
import type { Recorded } from '../../ledger/index.ts'
import type { EnforcementContext } from './context.ts'
import { type Offence, offenceOf } from './facts.ts'
import { readCursor, storeCursor } from './store.ts'

/** The part of the ledger that is read for decisions. */
export interface DecisionLog {
  readonly origin: string
  readonly size: number
  recorded(from: number, limit: number): Promise<readonly Pick<Recorded, 'event'>[]>
}

/** Requests go on between: reading these takes some two milliseconds. */
const ENTRIES_AT_ONCE = 250

/**
 * Reads this process's ledger for offences, from where the last reading ended: a decision that was recorded before a crash still gets its
 * strike after it. An entry may be read twice; a decision has one strike all the same. Every replica reads its own ledger.
 */
export class Tail {
  readonly #context: EnforcementContext
  readonly #ledger: DecisionLog
  readonly #record: (offences: readonly Offence[]) => Promise<void>
  #next = 0
  #stored = 0
  #reading: Promise<void> = Promise.resolve()

  constructor(
    context: EnforcementContext,
    ledger: DecisionLog,
    record: (offences: readonly Offence[]) => Promise<void>,
  ) {
    this.#context = context
    this.#ledger = ledger
    this.#record = record
  }

  /** A ledger that was never read is read from its end: what came before nobody was told would count. */
  async open(): Promise<void> {
    const stored = await readCursor(this.#context.db.db, this.#ledger.origin)
    this.#next = stored ?? this.#ledger.size
    this.#stored = stored ?? -1
    await this.store()
  }

  /** Reads to the end. @throws {AppError} LEDGER_UNAVAILABLE: what was not recorded is read again next time */
  read(): Promise<void> {
    // One after the other: two that move the place at a time would pass over entries.
    const next = this.#reading.then(() => this.#read())
    this.#reading = next.catch(() => {})
    return next
  }

  async #read(): Promise<void> {
    while (this.#next < this.#ledger.size) {
      const entries = await this.#ledger.recorded(this.#next, ENTRIES_AT_ONCE)
      if (entries.length === 0) return
      const offences: Offence[] = []
      for (const { event } of entries) {
        const offence = event === null ? null : offenceOf(event)
        if (offence !== null) offences.push(offence)
      }
      if (offences.length > 0) await this.#record(offences)
      this.#next += entries.length
      if (offences.length > 0) await this.store()
      if (this.#next < this.#ledger.size) await setImmediate()
    }
  }

  /** Keeps the place. */
  async store(): Promise<void> {
    if (this.#stored === this.#next) return
    const next = this.#next
    await storeCursor(this.#context.db.db, this.#ledger.origin, next)
    this.#stored = next
  }
}
