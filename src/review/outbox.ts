import type { Clock } from '../base/clock.ts'
import { toAppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Db } from '../db/index.ts'
import { type Happening, toEvent } from '../journal/index.ts'
import { type Actor, type EventLog, LedgerEvent } from '../ledger/index.ts'
import { Errand } from './errand.ts'
import * as store from './outbox-store.ts'

const BATCH = 100
const LEASE_MS = 60_000
const RETRY_MIN_MS = 1_000
const RETRY_MAX_MS = 300_000
const SYSTEM: Actor = { type: 'system', id: 'review' }

/**
 * Brings what a change has to say to the ledger and to other rooms, after the change: both were committed together, so that neither is
 * ever without the other. People work on many cases at once, so that a change may wait for its own case but for no other: that is why
 * events follow their change here instead of going before it under one lock. A ledger that can't record stops nothing and loses nothing.
 */
export class Outbox {
  readonly #db: Db
  readonly #ledger: EventLog
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #log: Log

  constructor(deps: { db: Db; ledger: EventLog; clock: Clock; ids: Ids; log: Log }) {
    this.#db = deps.db
    this.#ledger = deps.ledger
    this.#clock = deps.clock
    this.#ids = deps.ids
    this.#log = deps.log
  }

  /** To be called in the transaction of the change. */
  async put(tx: Db, by: Actor, happenings: readonly Happening[], errands: readonly Errand[] = []): Promise<void> {
    const now = new Date(this.#clock.now())
    const deps = { clock: this.#clock, ids: this.#ids }
    const events = happenings.map((happening) => JSON.stringify(toEvent(deps, by, happening)))
    await store.put(tx, 'ledger', events, now)
    await store.put(
      tx,
      'errand',
      errands.map((errand) => JSON.stringify(errand)),
      now,
    )
  }

  /** Appends what waits, in order; one process at a time. @throws {AppError} LEDGER_UNAVAILABLE: it waits on. */
  async tellLedger(): Promise<void> {
    if (!(await store.waiting(this.#db, 'ledger'))) return
    for (let told = BATCH; told === BATCH; ) {
      told = await this.#db.transaction().execute(async (tx) => {
        if (!(await store.lockTelling(tx))) return 0
        const letters = await store.oldest(tx, 'ledger', BATCH)
        await Promise.all(letters.map(({ body }) => this.#ledger.append(LedgerEvent.parse(JSON.parse(body)))))
        await store.remove(
          tx,
          letters.map(({ position }) => position),
        )
        return letters.length
      })
    }
  }

  /** As `tellLedger`, for whoever has just made a change that stands either way. */
  async tellLedgerSoon(): Promise<void> {
    await this.tellLedger().catch((err: unknown) => this.#log.warn({ err }, 'review events wait for the ledger'))
  }

  /**
   * Runs what is due. What fails is tried again, later and later, and never given up; what the other room refuses for good is recorded.
   *
   * @returns what was refused
   */
  async runErrands(run: (errand: Errand) => Promise<void>): Promise<Errand[]> {
    const refused: Errand[] = []
    for (;;) {
      const now = this.#clock.now()
      const letter = await store.lease(this.#db, 'errand', new Date(now), new Date(now + LEASE_MS))
      if (letter === null) return refused
      const errand = Errand.parse(JSON.parse(letter.body))
      try {
        await run(errand)
        await store.remove(this.#db, [letter.position])
      } catch (thrown) {
        const { status, code } = toAppError(thrown)
        this.#log.warn(
          { err: thrown, errand: errand.kind, attempts: letter.attempts },
          'what follows from a review failed',
        )
        if (status < 500) {
          await this.#refuse(letter.position, errand, code)
          refused.push(errand)
        } else {
          const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(letter.attempts, 20))
          await store.postpone(this.#db, letter.position, new Date(this.#clock.now() + wait))
        }
      }
    }
  }

  #refuse(position: number, errand: Errand, code: string): Promise<void> {
    return this.#db.transaction().execute(async (tx) => {
      const subject = { type: 'case', id: errand.caseId }
      await this.put(tx, SYSTEM, [{ kind: 'review.effect_refused', subject, data: { effect: errand.kind, code } }])
      await store.remove(tx, [position])
    })
  }
}
