import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Db } from '../../db/index.ts'
import type { Actor, EventData, LedgerEvent } from '../../ledger/index.ts'
import type { EventLog } from '../changes.ts'
import * as store from './store.ts'

export const SYSTEM: Actor = { type: 'system', id: 'redress' }

/** What happened, by identifiers alone. */
export interface Happening {
  readonly kind: string
  readonly subject: { readonly type: string; readonly id: string }
  readonly digests?: Record<string, string>
  readonly data?: EventData
  /** When it isn't the one who makes the change. */
  readonly actor?: Actor
}

/** What a decision comes to: what goes on the ledger, and then into the store. */
export interface Change<T> {
  readonly events: readonly Happening[]
  readonly puts?: readonly store.Row[]
  readonly texts?: readonly store.SealedText[]
  /** Records whose words go. */
  readonly forget?: readonly string[]
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
  make<T>(by: Actor, decide: (db: Db) => Promise<Change<T>>): Promise<T> {
    return this.#exclusively(async (db) => {
      const { events, puts = [], texts = [], forget = [], result } = await decide(db)
      if (events.length === 0 && puts.length === 0 && texts.length === 0 && forget.length === 0) return result
      const recorded = events.map((event) => this.#event(by, event))
      const change = { puts: [...puts], texts: [...texts], forget: [...forget] }
      await this.#carryOut(db, await store.insertIntent(db, recorded, change))
      return result
    })
  }

  /** Finishes what a crash or a failure cut off; one short query when there is nothing. */
  async recover(): Promise<void> {
    if (!(await store.anyIntent(this.#db))) return
    await this.#exclusively(async () => {})
  }

  /** Records what changes nothing here, such as that somebody read; resolves once it is durable. @throws {AppError} LEDGER_UNAVAILABLE */
  async note(by: Actor, event: Happening): Promise<void> {
    await this.#append(this.#event(by, event))
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
    for (const event of intent.events) await this.#append(event)
    await db.transaction().execute((tx) => store.applyIntent(tx, intent))
  }

  async #append(event: LedgerEvent): Promise<void> {
    try {
      await this.#log.append(event)
    } catch (cause) {
      const message =
        'this could not be recorded, so it is not in effect; what was begun is finished once the ledger records again'
      throw new AppError('LEDGER_UNAVAILABLE', message, { cause })
    }
  }

  #event(by: Actor, { kind, subject, digests = {}, data = {}, actor = by }: Happening): LedgerEvent {
    const time = new Date(this.#clock.now()).toISOString()
    return { id: this.#ids.next('evt'), time, kind, actor, subject, digests, data }
  }
}
