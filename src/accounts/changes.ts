import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Db } from '../db/index.ts'
import type { Actor, LedgerEvent } from '../ledger/index.ts'
import { type Change, describeChange } from './change.ts'
import { anyIntent, applyIntent, type Intent, insertIntent, listIntents, lockChanges, unlockChanges } from './store.ts'

/** The part of the ledger that the accounts need. On the embedded store it must not use the same database: its one connection is taken. */
export interface EventLog {
  /** Resolves when the event is durable; a rejection leaves open whether it is. */
  append(event: LedgerEvent): Promise<{ position: number }>
}

const SYSTEM: Actor = { type: 'system', id: 'accounts' }

/**
 * Records changes and brings them into effect, never one without the other:
 *
 * 1. the intent (event and change) is stored;
 * 2. the event is appended to the ledger;
 * 3. in one transaction the change takes effect and the intent goes.
 *
 * Recorded first, so that there is no effect that the ledger doesn't show. A crash, or a ledger that fails, after 1 or 2 leaves the
 * intent, and whoever changes or opens the accounts next finishes it from 2 on. The event may then stand on the ledger twice, byte for
 * byte with the same id, and counts once. One process at a time is between 1 and 3 (an advisory lock), so an intent that one meets there
 * is always a leftover.
 */
export class Changes {
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
   * @param decide says what to change, or null for nothing, from a state that nobody else changes meanwhile; may reject.
   * @throws {AppError} LEDGER_UNAVAILABLE: not in effect; it will be once the ledger records again.
   */
  make<C extends Change>(by: Actor, decide: (db: Db) => Promise<C | null>): Promise<C | null> {
    return this.#exclusively(async (db) => {
      const change = await decide(db)
      if (change === null) return null
      await this.#carryOut(db, await insertIntent(db, this.#event(by, change), change))
      return change
    })
  }

  /** Finishes what a crash or a failure cut off; one short query when there is nothing. */
  async recover(): Promise<void> {
    if (!(await anyIntent(this.#db))) return
    await this.#exclusively(async () => {})
  }

  #exclusively<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.#db.connection().execute(async (db) => {
      await lockChanges(db)
      try {
        for (const intent of await listIntents(db)) await this.#finish(db, intent)
        return await work(db)
      } finally {
        await unlockChanges(db)
      }
    })
  }

  async #carryOut(db: Db, intent: Intent): Promise<void> {
    try {
      await this.#log.append(intent.event)
    } catch (cause) {
      const message =
        'the change could not be recorded, so it is not in effect; it will be once the ledger records again'
      throw new AppError('LEDGER_UNAVAILABLE', message, { cause })
    }
    await db.transaction().execute((tx) => applyIntent(tx, intent))
  }

  async #finish(db: Db, intent: Intent): Promise<void> {
    await this.#carryOut(db, intent)
    const { change } = intent
    if (change.type !== 'key_created') return
    // Nobody was told the secret: a key that can't be used by its owner must not be usable by anyone.
    const undelivered: Change = {
      type: 'key_revoked',
      keyId: change.key.id,
      projectId: change.key.projectId,
      organisationId: change.organisationId,
      at: this.#now(),
      reason: 'undelivered',
    }
    await this.#carryOut(db, await insertIntent(db, this.#event(SYSTEM, undelivered), undelivered))
  }

  #event(actor: Actor, change: Change): LedgerEvent {
    const { subject, data } = describeChange(change)
    const kind = `accounts.${change.type}`
    return { id: this.#ids.next('evt'), time: this.#now(), kind, actor, subject, digests: {}, data }
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }
}
