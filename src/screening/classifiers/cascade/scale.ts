import { LABELS, type Label } from '../../taxonomy.ts'
import type { Assessment, Classifier, Scores } from '../classifier.ts'

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

  /** Labels without a threshold of their own, or without a new one, keep their scores. */
  constructor(own: LabelNumbers, wanted: LabelNumbers) {
    const factors: Partial<Record<Label, number>> = {}
    for (const label of LABELS) {
      const from = own[label]
      const to = wanted[label]
      if (from !== undefined && to !== undefined) factors[label] = odds(to) / odds(from)
    }
    this.#factors = factors
  }

  align(label: Label, score: number): number {
    const factor = this.#factors[label]
    return factor === undefined ? score : (score * factor) / (1 - score + score * factor)
  }

  alignAll(scores: Scores): Scores {
    const aligned: Scores = {}
    for (const label of LABELS) {
      const score = scores[label]
      if (score !== undefined) aligned[label] = this.align(label, score)
    }
    return aligned
  }
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
