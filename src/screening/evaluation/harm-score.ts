import type { Assessment, ClassifyRequest } from '../classifiers/classifier.ts'
import { HAZARDS, LABELS, type Label, METHODS } from '../taxonomy.ts'
import type { SideThresholds } from './open-classifier.ts'

/** Keeps log odds finite. */
const EPSILON = 1e-9
const METHOD_SET: ReadonlySet<Label> = new Set(METHODS)
/** How far a method above its threshold counts: how a text asks says less about harm than what it asks for. */
const METHOD_SHARE = 0.25

export interface HarmScore {
  /**
   * How near the policy is to acting, in (0, 1): the label furthest above (or least below) its own threshold, in log odds (above it, a quarter
   * for attack methods), through the logistic function. Exactly from 0.5 on the row is flagged; sweeping it moves all thresholds together.
   */
  readonly score: number
  /** How likely the text is harmful: the calibrated `general_harm`; where that is not covered, the highest hazard. */
  readonly probability: number
  /** Labels at or above their thresholds. */
  readonly flagged: readonly Label[]
}

/** One number per row for ranking, and the decision at the calibrated thresholds. The row's own labels are never looked at. */
export function harmScore(
  { scores }: Assessment,
  side: ClassifyRequest['side'],
  thresholds: SideThresholds,
): HarmScore {
  const flagged: Label[] = []
  let margin = Number.NEGATIVE_INFINITY
  for (const label of LABELS) {
    const score = scores[label]
    const threshold = thresholds[side][label]
    if (score === undefined || threshold === undefined) continue
    if (score >= threshold) flagged.push(label)
    const own = logOdds(score) - logOdds(threshold)
    margin = Math.max(margin, own > 0 && METHOD_SET.has(label) ? METHOD_SHARE * own : own)
  }
  const probability = scores.general_harm ?? Math.max(0, ...HAZARDS.map((hazard) => scores[hazard] ?? 0))
  return { score: 1 / (1 + Math.exp(-margin)), probability, flagged }
}

function logOdds(probability: number): number {
  const bounded = Math.min(1 - EPSILON, Math.max(EPSILON, probability))
  return Math.log(bounded / (1 - bounded))
}
