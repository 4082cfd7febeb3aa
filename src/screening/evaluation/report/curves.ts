import { Ranking } from '../metrics/ranking.ts'
import type { Outcomes } from '../outcomes.ts'
import { select } from '../selection.ts'

export type Point = readonly [x: number, y: number]

/** What the figures of a report are drawn from. */
export interface Curves {
  /** Recall against precision. */
  readonly precisionRecall: readonly Point[]
  /** False-positive rate against recall. */
  readonly roc: readonly Point[]
  /** Share of each class in equally wide bins of the harm score. */
  readonly histogram: { readonly harmful: readonly number[]; readonly harmless: readonly number[] }
}

/** More points than this can't be told apart on paper. */
const MAX_POINTS = 400
export const HISTOGRAM_BINS = 40

export function curvesOf(outcomes: Outcomes): Curves {
  const { scores, labels } = select(outcomes)
  const ranking = new Ranking(scores, labels)
  const negatives = ranking.size - ranking.positives
  const precisionRecall: Point[] = []
  const roc: Point[] = [[0, 0]]
  for (const { truePositives, falsePositives } of ranking.points()) {
    const recall = ratio(truePositives, ranking.positives)
    precisionRecall.push([recall, ratio(truePositives, truePositives + falsePositives)])
    roc.push([ratio(falsePositives, negatives), recall])
  }
  return { precisionRecall: thinned(precisionRecall), roc: thinned(roc), histogram: histogram(scores, labels) }
}

function histogram(scores: Float64Array, labels: Uint8Array): Curves['histogram'] {
  const counts = [new Uint32Array(HISTOGRAM_BINS), new Uint32Array(HISTOGRAM_BINS)] as const
  for (let row = 0; row < scores.length; row++) {
    const bin = Math.min(HISTOGRAM_BINS - 1, Math.floor((scores[row] ?? 0) * HISTOGRAM_BINS))
    const into = labels[row] === 1 ? counts[1] : counts[0]
    into[bin] = (into[bin] ?? 0) + 1
  }
  const shares = (bins: Uint32Array) => {
    const total = bins.reduce((sum, count) => sum + count, 0)
    return Array.from(bins, (count) => ratio(count, total))
  }
  return { harmful: shares(counts[1]), harmless: shares(counts[0]) }
}

/** First and last point, and between them those that are far enough from the last one kept. */
function thinned(points: readonly Point[]): Point[] {
  const kept: Point[] = []
  for (const [at, point] of points.entries()) {
    const last = kept.at(-1)
    const far = last === undefined || Math.abs(point[0] - last[0]) + Math.abs(point[1] - last[1]) > 2 / MAX_POINTS
    if (far || at === points.length - 1) kept.push(point)
  }
  return kept
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
