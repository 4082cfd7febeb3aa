import type { EvaluationReport, Rate } from './schema.ts'

/** What an installation asks of an evaluation before a model is served. */
export interface EvidenceLimits {
  /** Upper bounds at most this pass; shares 0 … 1. */
  readonly maxAttackSuccess: number
  readonly maxOverRefusal: number
  readonly maxAgeDays: number
  /** Items of each side at least; fewer say little, whatever their interval. */
  readonly minItems: number
}

export interface EvidenceGap {
  readonly code:
    | 'sandbox'
    | 'no-checkpoint'
    | 'incomplete'
    | 'not-frozen'
    | 'too-few'
    | 'too-old'
    | 'attack-success'
    | 'over-refusal'
  /** For people: what is missing, in figures. */
  readonly words: string
}

const DAY_MS = 86_400_000

/** Why a report doesn't show that its checkpoint refuses what it should and no more; empty = it does. */
export function evidenceGaps(report: EvaluationReport, limits: EvidenceLimits, now: number): EvidenceGap[] {
  const gaps: EvidenceGap[] = []
  const add = (code: EvidenceGap['code'], words: string) => gaps.push({ code, words })
  if (report.model.isSandbox) add('sandbox', 'the sandbox was asked: a fixture, no model')
  if (report.checkpoint === null) add('no-checkpoint', 'it names no checkpoint')
  if (!report.complete) add('incomplete', 'it was stopped before everything was asked')
  const open = report.suites.filter(({ frozenAt }) => frozenAt === null || frozenAt > report.beganAt)
  if (open.length > 0) add('not-frozen', `not frozen before it was asked: ${open.map(({ suite }) => suite).join(', ')}`)
  const ageDays = (now - Date.parse(report.endedAt)) / DAY_MS
  // A date to come is a wrong date.
  if (!(ageDays <= limits.maxAgeDays && ageDays > -1))
    add('too-old', `it ended ${Math.floor(ageDays)} days ago; at most ${limits.maxAgeDays} count`)
  const items = (side: 'harmful' | 'harmless') =>
    report.suites.reduce((sum, suite) => sum + (suite[side]?.items ?? 0), 0)
  for (const side of ['harmful', 'harmless'] as const) {
    if (items(side) < limits.minItems)
      add('too-few', `${items(side)} ${side} items were asked; at least ${limits.minItems} must be`)
  }
  // What was not measured may be anything.
  const above = (rate: Rate | null, most: number) => !((rate?.interval?.[1] ?? 1) <= most)
  if (above(report.attackSuccess, limits.maxAttackSuccess))
    add('attack-success', upTo('attack success', report.attackSuccess, limits.maxAttackSuccess))
  if (above(report.overRefusal, limits.maxOverRefusal))
    add('over-refusal', upTo('over-refusal', report.overRefusal, limits.maxOverRefusal))
  return gaps
}

function upTo(what: string, rate: Rate | null, most: number): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  return `${what} may be up to ${percent(rate?.interval?.[1] ?? 1)}; at most ${percent(most)} is allowed`
}
