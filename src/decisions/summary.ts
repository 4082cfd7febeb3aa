import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { DecisionSummary, SummaryStep } from './schema.ts'
import type { HourCount } from './store.ts'

const HOUR_MS = 3_600_000
const STEP_MS = { hour: HOUR_MS, day: 24 * HOUR_MS } as const
const MAX_POINTS = 2_400

export interface SummaryRange {
  readonly since: Date
  readonly until: Date
}

/**
 * The range widened to whole steps.
 *
 * @throws {AppError} REQUEST_INVALID when it is empty or has more than 2400 steps (100 days of hours).
 */
export function wholeSteps(sinceMs: number, untilMs: number, step: SummaryStep): SummaryRange {
  const width = STEP_MS[step]
  const since = Math.floor(sinceMs / width) * width
  const until = Math.ceil(untilMs / width) * width
  if (!(since < until)) throw new AppError('REQUEST_INVALID', 'since must lie before until')
  if ((until - since) / width > MAX_POINTS)
    throw new AppError('REQUEST_INVALID', `at most ${MAX_POINTS} steps: ask for less, or by the day`)
  return { since: new Date(since), until: new Date(until) }
}

/** One point for every step, those without requests too: a gap in a chart would look like missing data. */
export function summarise(
  { since, until }: SummaryRange,
  step: SummaryStep,
  counts: readonly HourCount[],
): DecisionSummary {
  const points = new Map<number, DecisionSummary['points'][number]>()
  for (let at = since.getTime(); at < until.getTime(); at += STEP_MS[step]) {
    points.set(at, { at: iso(at), requests: 0, refusals: 0, cuts: 0, revisions: 0, unenforced: 0, labels: {} })
  }
  const totals: Record<string, number> = {}
  const labels: Record<string, number> = {}
  for (const { at, outcome, label, enforced, count } of counts) {
    const point = points.get(at.getTime())
    if (point === undefined) continue
    point.requests += count
    totals[outcome] = (totals[outcome] ?? 0) + count
    if (!enforced) point.unenforced += count
    if (outcome === 'refuse') point.refusals += count
    if (outcome === 'cut') point.cuts += count
    if (outcome === 'revise') point.revisions += count
    if (label === '' || (outcome !== 'refuse' && outcome !== 'cut')) continue
    point.labels[label] = (point.labels[label] ?? 0) + count
    labels[label] = (labels[label] ?? 0) + count
  }
  return { since: since.toISOString(), until: until.toISOString(), step, totals, labels, points: [...points.values()] }
}
