import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Db } from '../../db/index.ts'
import type { Actor, EventData, LedgerEvent } from '../../ledger/index.ts'
import type { EventLog } from '../changes.ts'
import * as store from './store.ts'

/** What happened, by identifiers and numbers alone. */
export interface Happening {
  readonly kind: `enforcement.${string}`
  readonly subject: { readonly type: string; readonly id: string }
  readonly data: EventData
  readonly by: Actor
}

export interface Change<T> {
  readonly events: readonly Happening[]
  readonly puts: readonly store.Row[]
  readonly result: T
}

/**
 * Records changes and brings them into effect, never one without the other: the intent is stored, its events are appended to the ledger,
 * then in one transaction the change takes effect and the intent goes. What a crash or a failing ledger leaves is finished by whoever
 * comes next; an event may then stand twice with the same id and counts once. One process at a time decides (an advisory lock).
 */
export class Journal {
  readonly #db: Db
  readonly #log: EventLog
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(deps: { db: Db; ledger: EventLog; clock: Clock; ids: Ids }) {
    this.#db = deps.db
    this.#log = deps.ledger
    this.#clock = deps.clock
    this.#ids = deps.ids
  }

  /**
   * @param decide may read from the `db` that it is given, and no other; may reject, and then nothing happens.
   * @throws {AppError} LEDGER_UNAVAILABLE: not in effect; it will be once the ledger records again.
   */
  make<T>(decide: (db: Db) => Promise<Change<T>>): Promise<T> {
    return this.#exclusively(async (db) => {
      const { events, puts, result } = await decide(db)
      if (events.length === 0 && puts.length === 0) return result
      const recorded = events.map((event) => this.#event(event))
      await this.#carryOut(db, await store.insertIntent(db, recorded, { puts: [...puts] }))
      return result
    })
  }

  /** Finishes what a crash or a failure cut off; one short query when there is nothing. */
  async recover(): Promise<void> {
    if (!(await store.anyIntent(this.#db))) return
    await this.#exclusively(async () => {})
  }

  #exclusively<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.#db.connection().execute(async (db) => {
      await store.lockChanges(db)
      try {
        for (const intent of await store.listIntents(db)) await this.#carryOut(db, intent)
        return await work(db)
      } finally {
        await store.unlockChanges(db)
      }
    })
  }

  async #carryOut(db: Db, intent: store.Intent): Promise<void> {
    try {
      await Promise.all(intent.events.map((event) => this.#log.append(event)))
    } catch (cause) {
      const message =
        'the change could not be recorded, so it is not in effect; it will be once the ledger records again'
      throw new AppError('LEDGER_UNAVAILABLE', message, { cause })
    }
    await db.transaction().execute((tx) => store.applyIntent(tx, intent))
  }

  #event({ kind, subject, data, by }: Happening): LedgerEvent {
    const time = new Date(this.#clock.now()).toISOString()
    return { id: this.#ids.next('evt'), time, kind, actor: by, subject, digests: {}, data }
  }
}
