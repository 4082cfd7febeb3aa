import {
  type Assessment,
  type Classifier,
  type ClassifyRequest,
  LABELS,
  type Label,
} from '../../src/screening/index.ts'

const MARKER = /⟦([a-z_]+) ([01](?:\.\d+)?)⟧/g

/** Scores what the text itself says, `⟦cyber_operations 0.9⟧`, and nothing else: refusals that count, which test strings do not. */
export class MarkerScreen implements Classifier {
  readonly id = 'markers@test'
  readonly covers = { prompt: new Set(LABELS), completion: new Set(LABELS) }

  classify({ segments }: ClassifyRequest): Assessment {
    const scores: Partial<Record<Label, number>> = Object.fromEntries(LABELS.map((label) => [label, 0]))
    for (const { text } of segments) {
      for (const [, name, score] of text.matchAll(MARKER)) {
        const label = LABELS.find((known) => known === name)
        if (label !== undefined) scores[label] = Math.max(scores[label] ?? 0, Number(score))
      }
    }
    return { classifier: this.id, scores, evidence: [], testString: false }
  }
}

export function marked(label: Label, score: number): string {
  return `⟦${label} ${score}⟧`
}
