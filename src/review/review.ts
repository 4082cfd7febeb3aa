import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Db, DbHandle } from '../db/index.ts'
import type { EventLog } from '../ledger/index.ts'
import type { Notice } from '../staff/index.ts'
import { type AgreementReport, agreement } from './agreement.ts'
import { outcomesOf } from './asked-store.ts'
import { Claims } from './claims.ts'
import type { ReviewConfig } from './config.ts'
import {
  type ContentAccess,
  type EnforcementAccess,
  type ReviewContext,
  type Reviewer,
  SYSTEM,
  visibleDesks,
} from './context.ts'
import type { Errand } from './errand.ts'
import { Errands } from './errands.ts'
import { ExposureBudget } from './exposure.ts'
import { countOwedSince } from './handoff-store.ts'
import { Handoffs } from './handoffs.ts'
import { LabelExport } from './labels.ts'
import {
  type CaseRequest,
  caseOf,
  caseOfRequest,
  type DecidedRequest,
  type NewCase,
  type OpeningRules,
} from './opening.ts'
import { Outbox } from './outbox.ts'
import { Readings } from './readings.ts'
import { Reveals } from './reveals.ts'
import {
  type CasePage,
  type CaseQuery,
  type CaseView,
  DESKS,
  Outcome,
  type QueueView,
  type ReadingInput,
} from './schema.ts'
import * as store from './store.ts'
import { decidedCursor, openCursor, readCursor, toCaseView, toQueues } from './views.ts'

export interface ReviewDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: ReviewConfig
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  readonly severityOf: OpeningRules['severityOf']
  readonly content: ContentAccess
  readonly enforcement: EnforcementAccess
  readonly notify: (notice: Notice) => void
}

const CATCH_UP_MS = 1_000
const SWEEP = 400
/** An event carries at most so many ids. */
const IDS_PER_EVENT = 400
const REMIND_MS = 3_600_000

/** What needs a person's eye: cases, who works on them, what they decide and what follows. */
export class Review implements AsyncDisposable {
  readonly claims: Claims
  readonly readings: Readings
  readonly reveals: Reveals
  readonly exposure: ExposureBudget
  readonly handoffs: Handoffs
  readonly labels: LabelExport
  readonly #context: ReviewContext
  readonly #rules: OpeningRules
  readonly #errands: Errands
  readonly #chores: Chores
  #remindedAtMs: number | null = null

  constructor(deps: ReviewDeps) {
    const outbox = new Outbox({ ...deps, db: deps.db.db })
    this.#context = { ...deps, outbox }
    this.#chores = new Chores(deps.log)
    this.#rules = { config: deps.config, digest: deps.digest, severityOf: deps.severityOf }
    this.#errands = new Errands(this.#context)
    this.claims = new Claims(this.#context)
    this.readings = new Readings(this.#context, this.claims)
    this.exposure = new ExposureBudget(this.#context, this.claims)
    this.reveals = new Reveals(this.#context, this.claims, this.exposure)
    this.handoffs = new Handoffs(this.#context)
    this.labels = new LabelExport(this.#context, deps.ledger)
  }

  /** Lets the clock do its work: claims that run out, deadlines, what is still to be told. */
  start(): void {
    this.#chores.every(CATCH_UP_MS, 'review not caught up', () => this.catchUp())
  }

  /** Whatever is due now. Runs every second. */
  async catchUp(): Promise<void> {
    await this.claims.sweep()
    await this.#noticeOverdue()
    await this.#remindOfHandoffs()
    await this.#errands.runDue()
    await this.#context.outbox.tellLedger()
  }

  /** Opens the cases that these decisions call for, in the transaction of whoever tells of them. Told twice, it opens none twice. */
  async openFrom(decisions: readonly DecidedRequest[], tx: Db): Promise<void> {
    const cases = decisions.flatMap((decision) => caseOf(decision, this.#rules) ?? [])
    await this.#open(tx, cases)
  }

  /**
   * Opens a case that another room asks for; one for each `source`, however often it is asked.
   *
   * @returns the case's id
   */
  async openCase(request: CaseRequest): Promise<string> {
    const opened = await this.#context.db.db.transaction().execute(async (tx) => {
      await this.#open(tx, [caseOfRequest(request, this.#rules)])
      return store.caseOfSource(tx, request.source)
    })
    if (opened === null) throw new AppError('INTERNAL', 'a case was not stored')
    return opened
  }

  /**
   * What cases that another room asked for have come to, by their `source`: null = nobody has decided yet; absent = there is no such case.
   *
   * @param sources at most a few hundred
   */
  async outcomes(sources: readonly string[]): Promise<ReadonlyMap<string, Outcome | null>> {
    const rows = await outcomesOf(this.#context.db.db, sources)
    return new Map([...rows].map(([source, outcome]) => [source, outcome === null ? null : Outcome.parse(outcome)]))
  }

  /** Counts per queue, those with something overdue first. */
  async queues(reviewer: Reviewer): Promise<QueueView[]> {
    return toQueues(await store.readTally(this.#context.db.db, visibleDesks(reviewer)))
  }

  /** How many cases of a queue nobody has decided yet, on whatever desk. */
  async openIn(queue: string): Promise<number> {
    const tally = await store.readTally(this.#context.db.db, DESKS)
    return tally.reduce((sum, one) => (one.queue === queue ? sum + one.open : sum), 0)
  }

  /** Open cases in the order of work; decided ones the latest first. @throws {AppError} REQUEST_INVALID (the cursor) */
  async cases(reviewer: Reviewer, query: CaseQuery): Promise<CasePage> {
    const { db } = this.#context.db
    const desks = visibleDesks(reviewer)
    const cursor = readCursor(query.cursor)
    const decided = query.state === 'decided'
    const rows = decided
      ? await store.listDecided(db, query, desks, cursor && { at: new Date(cursor.number), id: cursor.id })
      : await store.listOpen(db, query, desks, cursor && { rank: cursor.number, id: cursor.id })
    const shown = rows.slice(0, query.limit)
    const last = shown.at(-1)
    const next = rows.length > query.limit && last !== undefined ? (decided ? decidedCursor : openCursor)(last) : null
    return { items: shown.map((row) => toCaseView(row, this.#context.clock.now())), next }
  }

  /** As `readings.decide`; what it says goes to the ledger and to other rooms at once if they can take it. */
  async decide(reviewer: Reviewer, caseId: string, input: ReadingInput): Promise<CaseView> {
    const decided = await this.readings.decide(reviewer, caseId, input)
    await this.#context.outbox.tellLedgerSoon()
    await this.#errands.runDue()
    return decided
  }

  agreement(reviewer: Reviewer, since: string): Promise<AgreementReport> {
    return agreement(this.#context.db.db, reviewer, new Date(since))
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.#context.outbox.tellLedgerSoon()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #open(tx: Db, asked: readonly NewCase[]): Promise<void> {
    if (asked.length === 0) return
    await store.lockOpening(tx)
    const known = await store.knownSources(
      tx,
      asked.map(({ source }) => source),
    )
    const fresh = [...new Map(asked.map((one) => [one.source, one])).values()].filter(
      ({ source }) => !known.has(source),
    )
    const groups = [...Map.groupBy(fresh, ({ mergeKey, source }) => mergeKey ?? `alone ${source}`).values()]
    const inserts = groups.map((group) => toInsert(group, this.#context.ids.next('case')))
    const opened = await store.openCases(tx, inserts)
    const items = groups.flatMap((group, index) =>
      group.map(({ source, decisionId, openedAt }) => ({
        source,
        decisionId,
        at: openedAt,
        caseId: opened[index]?.id ?? '',
      })),
    )
    await store.insertItems(tx, items)
    const fresher = inserts.filter((_, index) => opened[index]?.opened)
    await store.tally(
      tx,
      fresher.map(({ queue, desk }) => ({ queue, desk, state: 'waiting', open: 1, overdue: 0 })),
    )
    await this.#tellOfOpening(tx, fresher, items, groups.flat())
  }

  async #tellOfOpening(
    tx: Db,
    opened: readonly store.CaseInsert[],
    items: readonly { caseId: string; decisionId: string | null }[],
    cases: readonly NewCase[],
  ): Promise<void> {
    const subject = { type: 'review', id: 'cases' }
    const ids = opened.map(({ id }) => id)
    const events = chunks(ids, IDS_PER_EVENT).map((some) => ({
      kind: 'review.cases_opened',
      subject,
      data: { cases: some, merged: items.length - ids.length },
    }))
    // Preserved whatever becomes of the case: whoever must report it needs it whole.
    const holds = items.flatMap(({ caseId, decisionId }, index): Errand[] =>
      cases[index]?.desk === 'restricted' && decisionId !== null ? [{ kind: 'hold', caseId, decisionId }] : [],
    )
    await this.#context.outbox.put(tx, SYSTEM, events, holds)
  }

  async #noticeOverdue(): Promise<void> {
    const { db, clock, outbox, notify } = this.#context
    for (let found = SWEEP; found === SWEEP; ) {
      const now = new Date(clock.now())
      const late = await db.db.transaction().execute(async (tx) => {
        const rows = await store.markOverdue(tx, now, SWEEP)
        if (rows.length === 0) return rows
        await store.tally(
          tx,
          rows.map(({ queue, state, desk }) => ({ queue, state, desk, open: 0, overdue: 1 })),
        )
        const data = { cases: rows.map(({ id }) => id) }
        await outbox.put(tx, SYSTEM, [{ kind: 'review.cases_overdue', subject: { type: 'review', id: 'cases' }, data }])
        return rows
      })
      for (const queue of new Set(late.map((row) => row.queue))) {
        notify({ kind: 'review.overdue', id: queue, at: now.toISOString() })
      }
      found = late.length
    }
  }

  /** Once an hour for as long as a report is owed for too long. */
  async #remindOfHandoffs(): Promise<void> {
    const { db, clock, config, notify } = this.#context
    const nowMs = clock.now()
    if (this.#remindedAtMs !== null && Math.abs(nowMs - this.#remindedAtMs) < REMIND_MS) return
    if ((await countOwedSince(db.db, new Date(nowMs - config.restricted.handoffMs))) === 0) return
    this.#remindedAtMs = nowMs
    notify({ kind: 'review.handoff_owed', id: 'restricted', at: new Date(nowMs).toISOString() })
  }
}

/** Like decisions as the one case that they open. */
function toInsert(group: readonly NewCase[], id: string): store.CaseInsert {
  const [first] = group
  if (first === undefined) throw new AppError('INTERNAL', 'a group of cases is empty')
  const { source: _, decisionId: __, ...rest } = first
  const lastAt = new Date(Math.max(...group.map(({ openedAt }) => openedAt.getTime())))
  return { ...rest, id, items: group.length, lastAt }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))
}
