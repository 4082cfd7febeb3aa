import { iso } from '../base/clock.ts'
import { quarterOf, type Span, spanOf } from '../base/quarter.ts'
import type { DayCounts } from './kinds.ts'
import type { PolicyInForce, ReportCounts, TransparencySources } from './ports.ts'
import { REPORT_FORMAT, type TransparencyReport } from './schema.ts'
import { type Breakdown, breakDown, SMALL, spread } from './small-counts.ts'
import { cellKey, noCounts } from './tally.ts'

const OTHER = 'other'

export interface Compiling {
  readonly quarter: string
  /** Of this quarter; a day without decisions has none. */
  readonly days: readonly DayCounts[]
  readonly sources: TransparencySources
  readonly nowMs: number
  /** null while the quarter runs. */
  readonly edition: number | null
}

/** The report of a quarter from what is on record now; the same records give the same report, its time apart. */
export async function compile({ quarter, days, sources, nowMs, edition }: Compiling): Promise<TransparencyReport> {
  const whole = spanOf(quarter)
  const isClosed = edition !== null
  // A quarter that runs ends now: what stands at its end, is over or is late is so by now, not by an end that is still to come.
  const span = isClosed ? whole : { ...whole, untilMs: Math.min(whole.untilMs, nowMs + 1) }
  const parts = (cells: ReadonlyMap<string, number>): Breakdown | null => (isClosed ? breakDown(cells) : null)
  const policies = await sources.policies(span)
  const actions = await sources.actions(span)
  const appeals = await sources.appeals(span)
  const reports = (await sources.reports?.(iso(span.fromMs), iso(span.untilMs))) ?? null
  const cards = (await sources.cards?.(span)) ?? null
  const begunMs = Math.min(Date.parse(sources.begunAt()), ...days.map(({ day }) => Date.parse(day)))
  const counts = sumOf(quarter, days)
  return {
    ...{ format: REPORT_FORMAT, organisation: sources.organisation(), quarter },
    ...{ from: iso(whole.fromMs), until: iso(whole.untilMs), state: isClosed ? 'closed' : 'running', edition },
    ...{ compiledAt: iso(nowMs), countedFrom: iso(Math.max(span.fromMs, begunMs)), correction: null },
    decisions: {
      ...decisionFigures(counts),
      byMonth: parts(monthsOf(whole, days)),
      byClause: parts(clauseCells(policies, counts)),
    },
    canaries: counts.canaries,
    enforcement: {
      ...{ actions: sum(Object.values(actions.steps)), automatic: actions.automatic, takenBack: actions.takenBack },
      byStep: parts(new Map(Object.entries(actions.steps))),
    },
    appeals: {
      ...{ received: appeals.received, decided: sum(Object.values(appeals.outcomes)), withdrawn: appeals.withdrawn },
      ...{ openAtEnd: appeals.openAtEnd, overdueAtEnd: appeals.overdueAtEnd },
      hoursToDecide: isClosed ? spread(appeals.hours) : null,
      byOutcome: parts(new Map(Object.entries(appeals.outcomes))),
    },
    exemptions: { ...(await sources.exemptions(span)) },
    reports:
      reports === null
        ? null
        : {
            ...{ received: reports.received, confirmed: reports.confirmed, mitigated: reports.mitigated },
            open: reports.open,
            medianHoursToAnswer: isClosed ? medianOf(reports) : null,
            byKind: parts(new Map(Object.entries(reports.byKind))),
          },
    models: {
      evaluations: (await sources.evaluations(span)).map((one) => ({ ...one })),
      halts: (await sources.halts(span)).map((one) => asOf(span, { ...one })),
    },
    policies: policies.map(({ version, digest, effectiveAt }) => ({ version, digest, effectiveAt })),
    cards: cards?.map(({ model, version, digest, publishedAt }) => ({ model, version, digest, publishedAt })) ?? null,
  }
}

/** What happened after the quarter is for the next one to tell. */
function asOf<T extends { emergencyAt: string | null; closedAt: string | null }>({ untilMs }: Span, halt: T): T {
  const before = (at: string | null) => (at !== null && Date.parse(at) < untilMs ? at : null)
  return { ...halt, emergencyAt: before(halt.emergencyAt), closedAt: before(halt.closedAt) }
}

function medianOf({ answered, medianHoursToFirstAnswer: hours }: ReportCounts): number | null {
  return answered < SMALL || hours === null ? null : Math.round(hours * 10) / 10
}

function decisionFigures({ outcomes, passedOn, tests, unevaluated }: DayCounts) {
  const of = (outcome: string) => outcomes[outcome] ?? 0
  return {
    ...{ requests: sum(Object.values(outcomes)) + passedOn + tests, answered: of('allow'), refused: of('refuse') },
    ...{ cut: of('cut'), passedOn, tests, rejected: of('reject'), failed: of('error'), cancelled: of('cancel') },
    unevaluated,
  }
}

function sumOf(quarter: string, days: readonly DayCounts[]): DayCounts {
  const all = noCounts(quarter)
  for (const { outcomes, passedOn, tests, unevaluated, cells, canaries } of days) {
    all.passedOn += passedOn
    all.tests += tests
    all.unevaluated += unevaluated
    all.canaries.sent += canaries.sent
    all.canaries.missed += canaries.missed
    all.canaries.unanswered += canaries.unanswered
    add(all.outcomes, outcomes)
    add(all.cells, cells)
  }
  return all
}

function add(into: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [key, number] of Object.entries(counts)) into[key] = (into[key] ?? 0) + number
}

function monthsOf(span: Span, days: readonly DayCounts[]): Map<string, number> {
  const months = new Map<string, number>()
  const [year, first] = [new Date(span.fromMs).getUTCFullYear(), new Date(span.fromMs).getUTCMonth()]
  for (let month = first; month < first + 3; month++) months.set(iso(Date.UTC(year, month)).slice(0, 7), 0)
  for (const { day, outcomes, passedOn, tests } of days) {
    const month = day.slice(0, 7)
    months.set(month, (months.get(month) ?? 0) + sum(Object.values(outcomes)) + passedOn + tests)
  }
  return months
}

/** Every clause with every category that the policies of the quarter name: none is left out for having counted nothing. */
function clauseCells(policies: readonly PolicyInForce[], { cells }: DayCounts): Map<string, number> {
  const all = new Map<string, number>()
  for (const { clauses } of policies) {
    for (const { id, labels } of clauses) for (const label of labels) all.set(cellKey(id, label), 0)
  }
  let other = 0
  for (const [key, number] of Object.entries(cells)) {
    if (all.has(key)) all.set(key, number)
    else other += number
  }
  return all.set(OTHER, other)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** Quarters have names until then. */
const LAST_MS = Date.UTC(3000, 0)

/** Quarters that were over at `untilMs`, from the one in which this installation began, oldest first. */
export function* endedQuarters(begunAt: string, untilMs: number): Generator<string, void, undefined> {
  for (let fromMs = spanOf(quarterOf(Date.parse(begunAt))).fromMs; ; ) {
    const quarter = quarterOf(fromMs)
    fromMs = spanOf(quarter).untilMs
    if (fromMs > Math.min(untilMs, LAST_MS)) return
    yield quarter
  }
}
