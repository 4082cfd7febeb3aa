import type { z } from 'zod'
import { Chores } from '../../base/chores.ts'
import { iso } from '../../base/clock.ts'
import type { Page, PageQuery } from '../../base/page.ts'
import type { Actor } from '../../ledger/index.ts'
import type { ActionDefinition } from '../../staff/index.ts'
import { SYSTEM } from '../context.ts'
import { REPORT } from '../kinds.ts'
import type { Report } from '../schema.ts'
import { records } from '../store.ts'
import { Cases, DISABLE_CASE_ACTION } from './cases.ts'
import { chainOf } from './chain.ts'
import { clocksOf, pressing, type ReportClock } from './clocks.ts'
import type { TriageContext } from './context.ts'
import { Desk, type Worked } from './desk.ts'
import { bandNow, Disclosures, EARLY_RELEASE_ACTION, publicMs } from './disclosures.ts'
import { Duplicates } from './duplicates.ts'
import { ReportAct } from './inputs.ts'
import { TRIAGE } from './kinds.ts'
import { Reproducing } from './reproducing.ts'
import { Reproductions } from './reproductions.ts'
import { freshTriage, type Reproduction, type Triage as TriageRecord } from './schema.ts'
import { SeverityFactors, severityOf } from './severity.ts'
import { sharesOf } from './statistics.ts'
import { tallyOf } from './tally.ts'
import type { CaseView, QueuedReport, ReportDetail, ReproductionView } from './views.ts'

const CLOCKWORK_MS = 30_000
const OVERDUE_MS = 300_000
const OPEN: readonly Report['state'][] = ['received', 'triaging', 'confirmed', 'mitigated']
/** A filter that little fits would else read everything. */
const MOST_LOOKED_AT = 5_000
const AT_ONCE = 200

export interface QueueQuery extends PageQuery {
  /** `open`: whatever is not closed. */
  readonly state?: Report['state'] | 'open' | undefined
  readonly kind?: Report['kind'] | undefined
  readonly band?: QueuedReport['band'] | undefined
  /** A person’s id, or `nobody`. */
  readonly assignee?: string | undefined
}

/** Takes the actions of triage that several people decide on; the engine of approvals of the staff room. */
export interface ActionRegistrar {
  registerAction<P>(name: string, definition: ActionDefinition<P>): void
}

/** What becomes of reports: how grave, seen again or not, kept from coming back, and told to whom and when. */
export class Triage implements AsyncDisposable {
  readonly desk: Desk
  readonly reproductions: Reproductions
  readonly cases: Cases
  readonly disclosures: Disclosures
  readonly #context: TriageContext
  readonly #duplicates: Duplicates
  readonly #reproducing: Reproducing
  readonly #chores: Chores

  constructor(context: TriageContext) {
    this.#context = context
    this.#chores = new Chores(context.log)
    this.desk = new Desk(context)
    this.#duplicates = new Duplicates(context)
    this.reproductions = new Reproductions(context, () => this.#reproducing.wake())
    this.#reproducing = new Reproducing(context, this.reproductions)
    this.cases = new Cases(context, this.reproductions)
    this.disclosures = new Disclosures(context, this.desk)
  }

  /** To be called before the approvals start. */
  register(approvals: ActionRegistrar): void {
    approvals.registerAction(DISABLE_CASE_ACTION, this.cases.disabling())
    approvals.registerAction(EARLY_RELEASE_ACTION, this.disclosures.early())
  }

  /** Begins the clockwork; to be called once what is deployed can be asked. */
  start(): void {
    this.#reproducing.start()
    this.#chores.every(OVERDUE_MS, 'overdue reports not noted', () => this.noteOverdue(), { first: 'now' })
    this.#chores.every(CLOCKWORK_MS, 'regression cases not put to the policy', () => this.cases.catchUp(), {
      first: 'now',
    })
  }

  /** Puts on record, once each, which clocks of open reports have run out. Runs every five minutes. */
  async noteOverdue(): Promise<void> {
    const { db } = this.#context.db
    for (const state of OPEN) {
      for (let after: string | undefined; ; ) {
        const rows = await records.list(db, REPORT, { state, after, limit: AT_ONCE })
        const known = await records.findMany(
          db,
          TRIAGE,
          rows.map(({ id }) => id),
        )
        for (const report of rows) {
          const triage = known.get(report.id) ?? freshTriage(report.id, report.receivedAt)
          for (const clock of this.#newlyOverdue({ report, triage })) await this.#noteOverdue(report.id, clock)
        }
        after = rows.at(-1)?.id
        if (rows.length < AT_ONCE) break
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
    await this.#reproducing[Symbol.asyncDispose]()
  }

  /** Takes up what waits, and waits for it; for who can't wait for the clock. */
  async settle(): Promise<void> {
    await this.#reproducing.turn()
    await this.#reproducing.idle()
  }

  /** Reports without their words, newest first; filters are tried on at most 5,000 of them a page. */
  async queue({ state, kind, band, assignee, after, limit }: QueueQuery): Promise<Page<QueuedReport>> {
    const { db } = this.#context.db
    const found: QueuedReport[] = []
    let beyond = after
    for (let looked = 0; looked < MOST_LOOKED_AT && found.length <= limit; ) {
      const stored = state === undefined || state === 'open' ? undefined : state
      const rows = await records.list(db, REPORT, { state: stored, after: beyond, order: 'newest', limit: AT_ONCE })
      const known = await records.findMany(
        db,
        TRIAGE,
        rows.map(({ id }) => id),
      )
      for (const report of rows) {
        if (state === 'open' && report.state === 'closed') continue
        if (kind !== undefined && report.kind !== kind) continue
        if (assignee !== undefined && report.assignee !== (assignee === 'nobody' ? null : assignee)) continue
        const view = this.#queued(report, known.get(report.id) ?? freshTriage(report.id, report.receivedAt))
        if (band === undefined || view.band === band) found.push(view)
      }
      beyond = rows.at(-1)?.id
      looked += rows.length
      if (rows.length < AT_ONCE) {
        beyond = undefined
        break
      }
    }
    const items = found.slice(0, limit)
    const next = found.length > limit ? (items.at(-1)?.id ?? null) : (beyond ?? null)
    return { items, next }
  }

  /** All that is known of one. @throws {AppError} NOT_FOUND */
  async detail(id: string): Promise<ReportDetail> {
    const worked = await this.desk.find(id)
    const { report, triage } = worked
    const { db } = this.#context.db
    const [near, duplicates, reproductions, cases] = await Promise.all([
      this.#near(report),
      records.list(db, TRIAGE, { about: report.id }),
      this.reproductions.list(report.id),
      this.cases.list(report.id),
    ])
    return {
      ...this.#queued(report, triage),
      triage,
      severity: severityOf(triage.factors, report.category),
      clocks: this.#clocks(worked),
      near,
      duplicates: duplicates.map((one) => one.id),
      reproductions: reproductions.map(reproductionView),
      cases,
      chain: await chainOf(report, triage, cases, this.#context.links),
      publicOn: iso(publicMs(report, triage, this.#context)),
    }
  }

  /** What these factors would come to, without effect. @throws {AppError} NOT_FOUND */
  async preview(id: string, factors: unknown) {
    const { report } = await this.desk.find(id)
    return severityOf(SeverityFactors.parse(factors), report.category)
  }

  /** As it is shown: with its tally and its intervals. */
  view(reproduction: Reproduction): ReproductionView {
    return reproductionView(reproduction)
  }

  /** A case with its runs, newest first. @throws {AppError} NOT_FOUND */
  async caseView(id: string): Promise<CaseView> {
    const runs = await this.reproductions.list(id)
    return { ...(await this.cases.get(id)), runs: runs.map(reproductionView) }
  }

  /** Answers who reported, where there is something to say; it stays a report of its own. */
  async act(id: string, input: z.input<typeof ReportAct>, by: Actor): Promise<Worked> {
    const act = ReportAct.parse(input)
    const worked = await this.desk.act(id, act, by)
    const words = wordsFor(act)
    if (words !== null && !worked.report.erased) await this.#context.tellReporter(id, words, by)
    return words === null ? worked : this.desk.find(id)
  }

  #newlyOverdue(worked: Worked): string[] {
    const overdue = this.#clocks(worked).filter(({ state }) => state === 'overdue')
    return overdue.flatMap(({ id }) => (worked.triage.overdueNoted.includes(id) ? [] : [id]))
  }

  async #noteOverdue(id: string, clock: string): Promise<void> {
    await this.desk.change(id, SYSTEM, ({ report, triage }) => {
      const isSo = this.#newlyOverdue({ report, triage }).includes(clock)
      const overdueNoted = [...triage.overdueNoted, clock]
      const event = isSo ? { kind: 'intake.report_overdue', data: { clock } } : null
      return { report, triage: { ...triage, overdueNoted }, event }
    })
  }

  async #near(report: Report): Promise<ReportDetail['near']> {
    const near = await this.#duplicates.near(report)
    const { db } = this.#context.db
    const ids = near.map(({ id }) => id)
    const [found, known] = await Promise.all([records.findMany(db, REPORT, ids), records.findMany(db, TRIAGE, ids)])
    return near.flatMap(({ id, likeness }) => {
      const one = found.get(id)
      return one === undefined
        ? []
        : [{ ...this.#queued(one, known.get(id) ?? freshTriage(id, one.receivedAt)), likeness }]
    })
  }

  #queued(report: Report, triage: TriageRecord): QueuedReport {
    const { lookup: _, signature: __, ...shown } = report
    return {
      ...shown,
      band: bandNow(report, triage),
      score: severityOf(triage.factors, report.category).score,
      assessed: triage.assessed !== null,
      clock: pressing(this.#clocks({ report, triage })),
      duplicateOf: triage.duplicateOf,
    }
  }

  #clocks({ report, triage }: Worked): ReportClock[] {
    const { config, clock } = this.#context
    const { triage: times, firstAnswerDays, disclosureDays } = config
    const { receivedAt, answeredAt, confirmedAt, mitigatedAt, closedAt } = report
    const { awareAt, assessed, duties, disclosure } = triage
    return clocksOf(
      {
        ...{ receivedAt, awareAt, answeredAt, mitigatedAt, closedAt, duties },
        triagedAt: confirmedAt ?? closedAt,
        // Until somebody has said how grave it is, no time to mend it is promised.
        band: assessed === null ? null : bandNow(report, triage),
        publicOn: disclosure.publicOn,
        publishedAt: disclosure.advisory?.publishedAt ?? null,
      },
      {
        firstAnswerDays,
        disclosureDays,
        triageDays: times.triageDays,
        mitigationDays: { ...times.mitigationDays, informational: null },
      },
      clock.now(),
    )
  }
}

function reproductionView(reproduction: Reproduction): ReproductionView {
  const { holder: _, leaseUntil: __, ...shown } = reproduction
  const tally = tallyOf(reproduction)
  return { ...shown, tally, shares: sharesOf(tally) }
}

const DUPLICATE_WORDS =
  'Thank you. This has been reported to us before; we follow it up together with the earlier report, whose sender keeps the credit.'

/** What who reported hears of an act by itself. */
function wordsFor(act: ReportAct): string | null {
  if (act.act === 'duplicate') return DUPLICATE_WORDS
  return act.act === 'close' ? act.words : null
}
