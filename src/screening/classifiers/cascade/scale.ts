import { LABELS, type Label } from '../../taxonomy.ts'
import type { Assessment, Classifier, Evidence, Scores } from '../classifier.ts'
import { MAX_EVIDENCE, MIN_EVIDENCE } from '../encoder/tally.ts'

export type Side = 'prompt' | 'completion'
export type LabelNumbers = Readonly<Partial<Record<Label, number>>>

/** A classifier whose scores have calibrated thresholds. */
export interface CalibratedClassifier extends Classifier {
  readonly thresholds: Readonly<Record<Side, LabelNumbers>>
}

/**
 * Brings the scores of one classifier onto the scale of another: a score stands as far, in log odds, from the new threshold as it stood
 * from its own. So "at the threshold" means the same whoever judged, and the order of scores stays.
 */
export class Scale {
  readonly #factors: LabelNumbers
  readonly #moved: readonly (readonly [label: Label, factor: number])[]

  /** Labels without a threshold of their own, or without a new one, keep their scores. */
  constructor(own: LabelNumbers, wanted: LabelNumbers) {
    this.#moved = LABELS.flatMap((label) => {
      const from = own[label]
      const to = wanted[label]
      return from === undefined || to === undefined ? [] : [[label, odds(to) / odds(from)] as const]
    })
    const factors: Partial<Record<Label, number>> = {}
    for (const [label, factor] of this.#moved) factors[label] = factor
    this.#factors = factors
  }

  align(label: Label, score: number): number {
    const factor = this.#factors[label]
    return factor === undefined ? score : scaled(score, factor)
  }

  alignAll(scores: Scores): Scores {
    const aligned = { ...scores }
    for (const [label, factor] of this.#moved) {
      const score = aligned[label]
      if (score !== undefined) aligned[label] = scaled(score, factor)
    }
    return aligned
  }

  /** A whole assessment without a test string, as given by `classifier`. */
  alignAssessment({ scores: own, evidence: found }: Assessment, classifier: string): Assessment {
    const scores = this.alignAll(own)
    if (found.length === 0) return { classifier, scores, evidence: found, testString: false }
    const evidence: Evidence[] = []
    for (const { label, segment, start, end } of found) {
      const score = scores[label] ?? 0
      if (score >= MIN_EVIDENCE) evidence.push({ label, score, segment, start, end })
    }
    evidence.sort((a, b) => b.score - a.score)
    return { classifier, scores, evidence: evidence.slice(0, MAX_EVIDENCE), testString: false }
  }
}

/** Each step of this form is monotone as rounded, so the order holds to the last bit. */
function scaled(score: number, factor: number): number {
  return 1 / (1 + (1 - score) / (score * factor))
}

/** Odds of a threshold; kept off 0 and 1, where nothing could be aligned. */
function odds(threshold: number): number {
  const p = Math.min(0.999, Math.max(0.001, threshold))
  return p / (1 - p)
}

/** The scores as if no test string stood in the text; labels about which that is not known are left out. */
export function withoutTestString(assessment: Assessment): Scores {
  if (!assessment.testString) return assessment.scores
  if (assessment.scoresWithoutTestString !== undefined) return assessment.scoresWithoutTestString
  const scores = { ...assessment.scores }
  for (const label of LABELS) if (scores[label] === 1) delete scores[label]
  return scores
}
