import type { Happening } from '../journal/index.ts'
import { sourceOf } from './asked-store.ts'
import type { Claims } from './claims.ts'
import { Severity } from './config.ts'
import { conflict, noSuchCase, person, type ReviewContext, type Reviewer, visibleDesks } from './context.ts'
import type { Errand } from './errand.ts'
import { mayGive, type Progress, progressOf, stageOf, withheld } from './progress.ts'
import { readRecordSource } from './record-source.ts'
import { type CaseDetail, CaseState, type CaseView, Desk, Outcome, type Reading, type ReadingInput } from './schema.ts'
import * as store from './store.ts'
import { claimOf, toCaseView, toReading } from './views.ts'

const SHOWN_DECISIONS = 200

/** What people make of cases, and what follows from it. */
export class Readings {
  readonly #context: ReviewContext
  readonly #claims: Claims
  constructor(context: ReviewContext, claims: Claims) {
    this.#context = context
    this.#claims = claims
  }

  /**
   * Records what the holder of a claim makes of the case, and passes the case on or closes it.
   *
   * @throws {AppError} NOT_FOUND, FORBIDDEN, CONFLICT (decided already, claim over, not to be passed on from here)
   */
  async decide(reviewer: Reviewer, caseId: string, input: ReadingInput): Promise<CaseView> {
    const { db, clock, outbox } = this.#context
    const now = new Date(clock.now())
    const row = await db.db.transaction().execute(async (tx) => {
      const held = await this.#claims.held(tx, reviewer, caseId, input.claim)
      const state = CaseState.parse(held.state)
      const stage = stageOf(state)
      if (stage === null) throw conflict('this case is decided')
      if (!mayGive(state, input.verdict)) throw conflict('there is nobody to pass it on to: uphold or overturn')
      const before = { ...held, state, desk: Desk.parse(held.desk), severity: Severity.parse(held.severity) }
      const earlier = await store.readingsOf(tx, caseId)
      const progress = progressOf(before, input.verdict, firstOutcome(earlier))
      const { verdict, labels, note, proposal } = input
      await store.insertReading(tx, {
        caseId,
        reader: reviewer.id,
        stage,
        queue: held.homeQueue,
        verdict,
        labels: JSON.stringify(labels),
        note,
        proposal: proposal === undefined ? null : JSON.stringify(proposal),
        claimedAt: held.claimedAt ?? now,
        decidedAt: now,
      })
      const changed = await store.updateCase(tx, caseId, {
        ...store.NO_CLAIM,
        ...progress,
        ...closing(held, progress, now),
      })
      await store.tally(tx, moved(held, changed))
      const events = eventsOf(held, { stage, input, progress })
      const overturners = earlier.filter((one) => one.verdict === 'overturn').map((one) => one.reader)
      const people = [...overturners, reviewer.id]
      await outbox.put(tx, person(reviewer), events, errandsOf(held, { people, input, progress }))
      return changed
    })
    return toCaseView(row, now.getTime())
  }

  /** One case as this person may see it. @throws {AppError} NOT_FOUND */
  async get(reviewer: Reviewer, caseId: string): Promise<CaseDetail> {
    const { db } = this.#context.db
    const nowMs = this.#context.clock.now()
    const row = await store.findCase(db, caseId)
    if (row === null || !visibleDesks(reviewer).includes(Desk.parse(row.desk))) throw noSuchCase()
    const readings = (await store.readingsOf(db, caseId)).map(toReading)
    return {
      ...toCaseView(row, nowMs),
      decisions: await store.decisionsOf(db, caseId, SHOWN_DECISIONS),
      record: row.basis === 'dataset' ? readRecordSource(await sourceOf(db, caseId)) : null,
      readings: known(readings, reviewer, row, nowMs),
    }
  }
}

/** Somebody's own readings always; others' only once they can sway nobody, or to whoever settles the case and holds it. */
function known(readings: readonly Reading[], reviewer: Reviewer, row: store.CaseRow, nowMs: number): Reading[] {
  const claim = claimOf(row, nowMs)
  const settles = row.state === 'adjudication' || row.state === 'escalated'
  const holds = claim !== null && claim.by === reviewer.id && !claim.expired
  if (row.state === 'decided' || (settles && holds)) return [...readings]
  return readings.filter(({ reader }) => reader === reviewer.id)
}

function firstOutcome(readings: readonly store.ReadingRow[]): Outcome | null {
  for (const { stage, verdict } of readings) {
    const outcome = Outcome.safeParse(verdict)
    if (stage === 'first' && outcome.success) return outcome.data
  }
  return null
}

function closing(held: store.CaseRow, { outcome }: Progress, now: Date): Partial<store.CaseRow> {
  if (outcome === null) return {}
  const handoff = held.desk === 'restricted' && outcome === reportable(held) ? 'owed' : held.handoff
  return { decidedAt: now, mergeKey: null, handoff }
}

/** The outcome by which the suspicion stands: of what the machine let through, that it was wrong to. */
function reportable({ basis }: store.CaseRow): Outcome {
  return basis === 'allowed' ? 'overturn' : 'uphold'
}

function moved(before: store.CaseRow, after: store.CaseRow): store.TallyChange[] {
  const overdue = before.overdueAt === null ? 0 : 1
  return [
    { queue: before.queue, state: before.state, desk: before.desk, open: -1, overdue: -overdue },
    { queue: after.queue, state: after.state, desk: after.desk, open: 1, overdue },
  ]
}

interface Step {
  readonly stage: string
  readonly input: ReadingInput
  readonly progress: Progress
}

function eventsOf(held: store.CaseRow, { stage, input, progress }: Step): Happening[] {
  const subject = { type: 'case', id: held.id }
  const { verdict, labels, claim } = input
  const data = { stage, verdict, labels: { ...labels }, claim, claimedAt: held.claimedAt?.toISOString() ?? null }
  const events: Happening[] = [{ kind: 'review.case_read', subject, data: { ...data, state: progress.state } }]
  if (progress.state === 'escalated' && held.state !== 'escalated') {
    events.push({ kind: 'review.case_escalated', subject, data: { queue: progress.queue } })
  }
  if (progress.outcome !== null) {
    const { homeQueue, items, basis } = held
    events.push({
      kind: 'review.case_decided',
      subject,
      data: { outcome: progress.outcome, queue: homeQueue, items, basis, overdue: held.overdueAt !== null },
    })
  }
  return events
}

function errandsOf(
  held: store.CaseRow,
  { people, input, progress }: { people: readonly string[]; input: ReadingInput; progress: Progress },
): Errand[] {
  const caseId = held.id
  if (progress.outcome === 'overturn' && withheld(held)) return [{ kind: 'undo', caseId, people: [...people] }]
  const by = people.at(-1)
  if (progress.outcome !== 'uphold' || input.proposal === undefined || by === undefined) return []
  return [{ kind: 'propose', caseId, by, ...input.proposal }]
}
