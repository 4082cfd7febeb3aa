import { type Example, type Fitted, fitLogistic, scoreOf } from './logistic.ts'
import { COLUMNS_EACH, type Row, type Rows } from './rows.ts'

export interface Training {
  readonly l2: number
  /** How much a campaign's best moments count together, against one harmless day. */
  readonly harm: number
  /** How much the best moment before anything of note was lost counts, of that. */
  readonly early: number
  /** Of harmless moments those that look worst count more: by how much, and how large a share of them. */
  readonly hard: number
  readonly hardShare: number
  readonly rounds: number
  readonly best: number
  /** What weights of behaviour are drawn to. */
  readonly towards: number
  /** What a rule's three weights are drawn to, from the shortest half-life to the longest: a rule that nothing speaks against counts by its level. */
  readonly rules: readonly number[]
}

export const TRAINING: Training = {
  l2: 1e-4,
  harm: 5,
  early: 0.5,
  hard: 10,
  hardShare: 0.02,
  rounds: 3,
  best: 2,
  towards: 0.1,
  rules: [0.7, 0.5, 0.2],
}

/** Of harmless moments that look harmless one in so many is enough. */
const EASY = 7

/**
 * Multiple instances: of a campaign only its best moments need stand out, and which these are is found while fitting. Of everybody else no moment may.
 *
 * @param causes in the order of their columns
 */
export function train(all: readonly Rows[], causes: readonly string[], how: Training = TRAINING): Fitted {
  const harmless = all.flatMap((one) => one.harmless)
  const campaigns = all.flatMap((one) => one.campaigns).filter((one) => one.all.length > 0)
  const towards = Float64Array.from(
    causes.flatMap((cause) => Array.from({ length: COLUMNS_EACH }, (_, nth) => towardsOf(cause, nth, how))),
  )
  let fitted: Fitted = { weights: new Float64Array(towards.length).fill(0.3), bias: -4 }
  for (let round = 0; round <= how.rounds; round++) {
    const { weights } = fitted
    const examples: Example[] = []
    const scores = harmless.map((row) => scoreOf(row, weights))
    const line = scores.toSorted((a, b) => b - a)[Math.floor(how.hardShare * scores.length)] ?? 0
    for (const [at, row] of harmless.entries())
      if (round === 0 || (scores[at] ?? 0) >= line)
        examples.push({ row, isHarm: false, weight: round === 0 ? 1 : how.hard })
      else if (at % EASY === 0) examples.push({ row, isHarm: false, weight: EASY })
    for (const { all: rows, early } of campaigns) {
      for (const row of bestOf(rows, weights, how.best))
        examples.push({ row, isHarm: true, weight: how.harm / how.best })
      for (const row of bestOf(early, weights, 1)) examples.push({ row, isHarm: true, weight: how.harm * how.early })
    }
    fitted = fitLogistic(examples, towards, how.l2, fitted)
  }
  return fitted
}

function towardsOf(cause: string, nth: number, { towards, rules }: Training): number {
  return cause.startsWith('rule.') ? (rules[nth] ?? 0) : towards
}

function bestOf(rows: readonly Row[], weights: Float64Array, count: number): Row[] {
  return rows.toSorted((a, b) => scoreOf(b, weights) - scoreOf(a, weights)).slice(0, count)
}
