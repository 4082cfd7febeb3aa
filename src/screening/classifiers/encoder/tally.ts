import { LABELS, type Label } from '../../taxonomy.ts'
import type { Evidence, Scores } from '../classifier.ts'

export const MIN_EVIDENCE = 0.1
export const MAX_EVIDENCE = 8

/** Where a score came from, as in `Evidence`. */
export interface Place {
  readonly segment: number
  readonly start: number
  readonly end: number
}

/** The highest score of each label, with the place that gave it. */
export class Tally {
  readonly #best = new Map<Label, { score: number; place: Place | undefined }>()

  raise(label: Label, score: number, place: Place | undefined): void {
    const best = this.#best.get(label)
    if (best === undefined || score > best.score) this.#best.set(label, { score, place })
  }

  raiseAll(scores: Scores, placeOf: (label: Label) => Place | undefined): void {
    for (const label of LABELS) {
      const score = scores[label]
      if (score !== undefined) this.raise(label, score, placeOf(label))
    }
  }

  /** Puts another score in the place of a label's own, whatever it was. */
  replace(label: Label, score: number): void {
    this.#best.set(label, { score, place: this.#best.get(label)?.place })
  }

  get scores(): Scores {
    const scores: Scores = {}
    for (const [label, { score }] of this.#best) scores[label] = score
    return scores
  }

  /** Strongest first, as `Assessment.evidence` wants it. */
  get evidence(): Evidence[] {
    const evidence: Evidence[] = []
    for (const [label, { score, place }] of this.#best) {
      if (score < MIN_EVIDENCE || place === undefined) continue
      const { segment, start, end } = place // a place may be an Evidence, whose score is on another scale
      evidence.push({ label, score, segment, start, end })
    }
    return evidence.sort((a, b) => b.score - a.score).slice(0, MAX_EVIDENCE)
  }
}
