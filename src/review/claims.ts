import { AppError } from '../base/errors.ts'
import type { Db } from '../db/index.ts'
import {
  conflict,
  forbidden,
  noSuchCase,
  person,
  type ReviewContext,
  type Reviewer,
  SYSTEM,
  visibleDesks,
  workingDesks,
} from './context.ts'
import { deskOf } from './queues.ts'
import { type CaseView, type Claim, Desk } from './schema.ts'
import * as store from './store.ts'
import { claimOf, toCaseView } from './views.ts'

const SWEEP = 500

/** Who works on what: one person at a time, for as long as they show that they are there. */
export class Claims {
  readonly #context: ReviewContext
  constructor(context: ReviewContext) {
    this.#context = context
  }

  /**
   * The next case of a queue, or of all ordinary ones, for this person alone.
   *
   * @returns null when nothing waits there that this person may still read.
   * @throws {AppError} FORBIDDEN (the queue), CONFLICT (holds enough already)
   */
  async next(reviewer: Reviewer, queue: string | null): Promise<CaseView | null> {
    const { db, clock, ids } = this.#context
    const desk = deskFor(reviewer, queue)
    const nowMs = clock.now()
    const grant = {
      reader: reviewer.id,
      claimId: ids.next('clm'),
      now: new Date(nowMs),
      expiresAt: this.#claimEnd(nowMs),
    }
    const row = await db.db.transaction().execute(async (tx) => {
      await store.lockReader(tx, reviewer.id)
      await this.#mustHaveRoom(tx, reviewer, grant.now)
      const claimed = await store.claimNext(tx, { desk, queue }, grant)
      if (claimed === null) return null
      await this.#tell(tx, reviewer, claimed.row, claimed.previous)
      return claimed.row
    })
    return row === null ? null : toCaseView(row, nowMs)
  }

  /**
   * This very case, for this person alone; as it is if they hold it already.
   *
   * @throws {AppError} NOT_FOUND, FORBIDDEN (its desk), CONFLICT (decided, with somebody else, read by them before, holds enough already)
   */
  async take(reviewer: Reviewer, caseId: string): Promise<CaseView> {
    const { db, clock, ids } = this.#context
    const nowMs = clock.now()
    const row = await db.db.transaction().execute(async (tx) => {
      await store.lockReader(tx, reviewer.id)
      const found = await this.#workable(tx, reviewer, caseId)
      const claim = claimOf(found, nowMs)
      if (claim !== null && !claim.expired) {
        if (claim.by === reviewer.id) return found
        throw conflict('somebody else holds this case now')
      }
      const readings = await store.readingsOf(tx, caseId)
      if (readings.some(({ reader }) => reader === reviewer.id)) {
        throw conflict('you have decided this case already: nobody reads a case twice')
      }
      const now = new Date(nowMs)
      await this.#mustHaveRoom(tx, reviewer, now)
      const taken = await store.updateCase(tx, caseId, {
        claimId: ids.next('clm'),
        claimedBy: reviewer.id,
        claimedAt: now,
        claimExpiresAt: this.#claimEnd(nowMs),
        mergeKey: null,
      })
      await this.#tell(tx, reviewer, taken, found.claimedBy)
      return taken
    })
    return toCaseView(row, nowMs)
  }

  /** Shows that the person is still there. @throws {AppError} NOT_FOUND, CONFLICT (not theirs any more, or held for too long) */
  async heartbeat(reviewer: Reviewer, caseId: string, claimId: string): Promise<Claim> {
    const { db, clock, config } = this.#context
    return await db.db.transaction().execute(async (tx) => {
      const row = await this.held(tx, reviewer, caseId, claimId)
      const nowMs = clock.now()
      const lastMs = (row.claimedAt?.getTime() ?? nowMs) + config.claimMaxMs
      const untilMs = Math.min(nowMs + config.claimMs, lastMs)
      // A clock that was set back takes nothing away that was promised.
      const claimExpiresAt = new Date(Math.max(untilMs, row.claimExpiresAt?.getTime() ?? 0))
      const claim = claimOf(await store.updateCase(tx, caseId, { claimExpiresAt }), nowMs)
      if (claim === null) throw new AppError('INTERNAL', 'a claim is not stored')
      return claim
    })
  }

  /** Gives a case back for others. @throws {AppError} NOT_FOUND, CONFLICT */
  async release(reviewer: Reviewer, caseId: string, claimId: string): Promise<void> {
    await this.#context.db.db.transaction().execute(async (tx) => {
      await this.held(tx, reviewer, caseId, claimId)
      await store.updateCase(tx, caseId, store.NO_CLAIM)
      await this.#context.outbox.put(tx, person(reviewer), [
        { kind: 'review.released', subject: { type: 'case', id: caseId }, data: { claim: claimId } },
      ])
    })
  }

  /** Gives back all that a person holds. */
  async releaseAll(reviewer: Reviewer, kind: 'review.break_started' | 'review.released'): Promise<number> {
    return await this.#context.db.db.transaction().execute(async (tx) => {
      await store.lockReader(tx, reviewer.id)
      const released = await store.dropClaimsOf(tx, reviewer.id)
      const subject = { type: 'person', id: reviewer.id }
      await this.#context.outbox.put(tx, person(reviewer), [{ kind, subject, data: { cases: released } }])
      return released.length
    })
  }

  /**
   * The case, locked, if this person holds it by this claim.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT saying what became of the claim
   */
  async held(tx: Db, reviewer: Reviewer, caseId: string, claimId: string): Promise<store.CaseRow> {
    const row = await store.lockCase(tx, caseId)
    if (row === null || !visibleDesks(reviewer).includes(Desk.parse(row.desk))) throw noSuchCase()
    if (!workingDesks(reviewer).includes(Desk.parse(row.desk))) throw forbidden('this case is not yours to work on')
    const claim = claimOf(row, this.#context.clock.now())
    if (claim !== null && claim.id === claimId && claim.by === reviewer.id && !claim.expired) return row
    throw await this.#lost(tx, reviewer, row, claim, claimId)
  }

  #claimEnd(nowMs: number): Date {
    const { claimMs, claimMaxMs } = this.#context.config
    return new Date(nowMs + Math.min(claimMs, claimMaxMs))
  }

  async #mustHaveRoom(tx: Db, reviewer: Reviewer, now: Date): Promise<void> {
    if ((await store.countClaims(tx, reviewer.id, now)) < this.#context.config.claimsPerReader) return
    throw conflict('you hold as many cases as one person may: decide or release one first')
  }

  /** @param previous who let their claim run out */
  async #tell(tx: Db, reviewer: Reviewer, row: store.CaseRow, previous: string | null): Promise<void> {
    const subject = { type: 'case', id: row.id }
    if (previous !== null) {
      const expired = { kind: 'review.claim_expired', subject, data: { reader: previous } }
      await this.#context.outbox.put(tx, SYSTEM, [expired])
    }
    const data = { claim: row.claimId, queue: row.queue, state: row.state }
    await this.#context.outbox.put(tx, person(reviewer), [{ kind: 'review.claimed', subject, data }])
  }

  /** The case, locked, where this person may work on it and there is something left to read. */
  async #workable(tx: Db, reviewer: Reviewer, caseId: string): Promise<store.CaseRow> {
    const row = await store.lockCase(tx, caseId)
    if (row === null || !visibleDesks(reviewer).includes(Desk.parse(row.desk))) throw noSuchCase()
    if (!workingDesks(reviewer).includes(Desk.parse(row.desk))) throw forbidden('this case is not yours to work on')
    if (row.state === 'decided') throw conflict('this case is decided')
    return row
  }

  async #lost(tx: Db, reviewer: Reviewer, row: store.CaseRow, claim: Claim | null, claimId: string): Promise<AppError> {
    const readings = await store.readingsOf(tx, row.id)
    if (readings.some(({ reader }) => reader === reviewer.id)) return conflict('you have decided this case already')
    if (row.state === 'decided') return conflict('this case is decided')
    if (claim === null) return conflict('your claim is over: it ran out or was released; claim the case again')
    if (claim.by !== reviewer.id) return conflict('somebody else holds this case now')
    if (claim.id !== claimId) return conflict('this is an earlier claim of yours: use the one that you hold now')
    return conflict(`your claim ran out at ${claim.expiresAt}; claim the case again`)
  }

  /** Takes back claims whose holders have gone. */
  async sweep(): Promise<void> {
    for (let dropped = SWEEP; dropped === SWEEP; ) {
      dropped = await this.#context.db.db.transaction().execute(async (tx) => {
        const rows = await store.dropExpired(tx, new Date(this.#context.clock.now()), SWEEP)
        const events = rows.map(({ id, reader }) => ({
          kind: 'review.claim_expired',
          subject: { type: 'case', id },
          data: { reader },
        }))
        await this.#context.outbox.put(tx, SYSTEM, events)
        return rows.length
      })
    }
  }
}

/** Without a queue the work is what is on everybody's desk: nobody stumbles into what is restricted. */
function deskFor(reviewer: Reviewer, queue: string | null): Desk {
  const mine = workingDesks(reviewer)
  const desk = queue === null ? (mine.includes('ordinary') ? 'ordinary' : 'lead') : deskOf(queue)
  if (!mine.includes(desk)) throw forbidden('none of your roles in force works on this queue')
  return desk
}
