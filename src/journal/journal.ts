import type { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Db } from '../db/index.ts'
import type { Actor, EventLog } from '../ledger/index.ts'
import { type Happening, record, toEvent } from './happening.ts'
import { alone, anyIntent, deleteIntent, type Intent, insertIntent, listIntents } from './store.ts'

/** What takes effect together: lists by name, such as documents to store and words to remove. */
type Lists = Readonly<Record<string, readonly unknown[]>>

/** What a decision comes to: what goes on the ledger, the lists of the change that aren't empty, and what its maker is told. */
export type Decision<Schema extends z.ZodType, Result> = z.input<Schema> & {
  readonly events: readonly Happening[]
  readonly result: Result
}

/** What the journal must know of a room that keeps one. */
export interface JournalRoom<Schema extends z.ZodType<Lists>> {
  /** Names its intents and its lock; kept for as long as the room is. */
  readonly name: string
  /** How a change waits in the store: a list that a decision doesn't name takes its default. */
  readonly change: Schema
  /** Brings a change into effect; `tx` is a transaction, and nobody else applies one meanwhile. */
  apply(tx: Db, change: z.output<Schema>): Promise<void>
  /** What must follow a change whose maker was gone before it took effect, by whom. */
  readonly afterCutOff?: (change: z.output<Schema>) => Following<z.output<Schema>> | null
}

interface Following<Change> {
  readonly by: Actor
  readonly events: readonly Happening[]
  readonly change: Change
}

export interface JournalDeps {
  readonly db: Db
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
}

/**
 * Records changes and brings them into effect, never one without the other:
 *
 * 1. the intent (events and change) is stored;
 * 2. the events are appended to the ledger;
 * 3. in one transaction the change takes effect and the intent goes.
 *
 * Recorded first, so that there is no effect that the ledger doesn't show. A crash, or a ledger that fails, after 1 or 2 leaves the
 * intent, and whoever changes or opens the room next finishes it from 2 on. An event may then stand on the ledger twice, byte for byte
 * with the same id, and counts once. One process at a time is between 1 and 3, so an intent that one meets there is always a leftover.
 */
export class Journal<Schema extends z.ZodType<Lists>> {
  readonly #room: JournalRoom<Schema>
  readonly #deps: JournalDeps

  constructor(room: JournalRoom<Schema>, deps: JournalDeps) {
    this.#room = room
    this.#deps = deps
  }

  /**
   * @param decide says what to change from a state that nobody else changes meanwhile; it may read from the `db` that it is given, and
   *   no other; may reject, and then nothing happens. Nothing happens either when all that it returns is empty.
   * @throws {AppError} LEDGER_UNAVAILABLE: not in effect; it will be once the ledger records again.
   */
  make<Result>(by: Actor, decide: (db: Db) => Promise<Decision<Schema, Result>>): Promise<Result> {
    return this.#alone(async (db) => {
      const decision = await decide(db)
      const change = this.#room.change.parse(decision)
      const isNothing = decision.events.length === 0 && Object.values(change).every((list) => list.length === 0)
      if (!isNothing) await this.#carryOut(db, await this.#intend(db, by, decision.events, change))
      return decision.result
    })
  }

  /** Records what changes nothing, such as that somebody read. @throws {AppError} LEDGER_UNAVAILABLE */
  async note(by: Actor, happening: Happening): Promise<void> {
    const event = toEvent(this.#deps, by, happening)
    await record(this.#deps.ledger, [event], 'this could not be recorded, so it was not done')
  }

  /** Finishes what a crash or a failure cut off; one short query when there is nothing. @throws {AppError} LEDGER_UNAVAILABLE */
  async recover(): Promise<void> {
    if (!(await anyIntent(this.#deps.db, this.#room.name))) return
    await this.#alone(async () => {})
  }

  #alone<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const { name, change } = this.#room
    return alone(this.#deps.db, name, async (db) => {
      for (const leftover of await listIntents(db, name, change)) await this.#finish(db, leftover)
      return await work(db)
    })
  }

  #finish(db: Db, leftover: Intent<z.output<Schema>>): Promise<void> {
    return this.#carryOut(db, leftover, this.#room.afterCutOff?.(leftover.change) ?? null)
  }

  #intend(
    db: Db,
    by: Actor,
    happenings: readonly Happening[],
    change: z.output<Schema>,
  ): Promise<Intent<z.output<Schema>>> {
    const events = happenings.map((happening) => toEvent(this.#deps, by, happening))
    return insertIntent(db, this.#room.name, new Date(this.#deps.clock.now()), { events, change })
  }

  /** @param following is stored together with the effect: cut off again, neither is without the other. */
  async #carryOut(
    db: Db,
    { id, events, change }: Intent<z.output<Schema>>,
    following: Following<z.output<Schema>> | null = null,
  ): Promise<void> {
    const otherwise =
      'the change could not be recorded, so it is not in effect; it will be once the ledger records again'
    await record(this.#deps.ledger, events, otherwise)
    const next = await db.transaction().execute(async (tx) => {
      await this.#room.apply(tx, change)
      await deleteIntent(tx, this.#room.name, id)
      return following === null ? null : await this.#intend(tx, following.by, following.events, following.change)
    })
    if (next !== null) await this.#carryOut(db, next)
  }
}
