/** Where a threshold falls: rows scoring at least `score` are flagged. */
export interface OperatingPoint {
  readonly score: number
  readonly truePositives: number
  readonly falsePositives: number
}

/** What a ranking is worth; null where a class is missing. */
export interface RankingMetrics {
  readonly averagePrecision: number | null
  readonly auroc: number | null
  readonly recallAtFpr: number | null
}

/**
 * Rows sorted once by score, so that metrics of the rows and of any resample of them take one pass each.
 * Rows with equal scores are never told apart: they count as one step.
 */
export class Ranking {
  readonly size: number
  readonly positives: number
  /** Row index of each rank, highest score first. */
  readonly order: Uint32Array
  /** Score of each rank. */
  readonly scores: Float64Array
  /** 1 where the row of that rank is positive. */
  readonly labels: Uint8Array
  /** 1 where the next rank has another score. */
  readonly #stepEnds: Uint8Array

  /** @param scores finite, one per row, higher = more harmful; @param labels 0 or 1 per row, of the same length */
  constructor(scores: Float64Array, labels: Uint8Array) {
    this.size = scores.length
    this.order = Uint32Array.from(scores, (_, row) => row)
    this.order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
    this.scores = Float64Array.from(this.order, (row) => scores[row] ?? 0)
    this.labels = Uint8Array.from(this.order, (row) => labels[row] ?? 0)
    this.#stepEnds = Uint8Array.from(this.scores, (score, rank) => (score === this.scores[rank + 1] ? 0 : 1))
    this.positives = labels.reduce((sum, label) => sum + label, 0)
  }

  /**
   * @param maxFpr recall counts at the lowest threshold whose share of flagged negatives is at most this; thresholds
   *   stand at scores that occur, nothing is interpolated
   * @param weights how often each rank counts (a resample); once each when left out
   */
  metrics(maxFpr: number, weights?: Uint32Array): RankingMetrics {
    const { positives, negatives } = this.#totals(weights)
    let tp = 0
    let fp = 0
    let tpBefore = 0
    let fpBefore = 0
    let area = 0
    let precisionSum = 0
    let tpAtFpr = 0
    for (let rank = 0; rank < this.size; rank++) {
      const weight = weights === undefined ? 1 : (weights[rank] ?? 0)
      if (this.labels[rank] === 1) tp += weight
      else fp += weight
      if (this.#stepEnds[rank] === 0) continue
      area += ((fp - fpBefore) * (tp + tpBefore)) / 2
      if (tp > tpBefore) precisionSum += ((tp - tpBefore) * tp) / (tp + fp)
      if (fp <= maxFpr * negatives) tpAtFpr = tp
      tpBefore = tp
      fpBefore = fp
    }
    return {
      averagePrecision: positives === 0 ? null : precisionSum / positives,
      auroc: positives === 0 || negatives === 0 ? null : area / (positives * negatives),
      recallAtFpr: positives === 0 || negatives === 0 ? null : tpAtFpr / positives,
    }
  }

  /** Every step of the ranking, strictest threshold first; the last one flags everything. */
  *points(): Generator<OperatingPoint> {
    let tp = 0
    let fp = 0
    for (let rank = 0; rank < this.size; rank++) {
      if (this.labels[rank] === 1) tp += 1
      else fp += 1
      if (this.#stepEnds[rank] === 1) yield { score: this.scores[rank] ?? 0, truePositives: tp, falsePositives: fp }
    }
  }

  #totals(weights: Uint32Array | undefined): { positives: number; negatives: number } {
    if (weights === undefined) return { positives: this.positives, negatives: this.size - this.positives }
    let positives = 0
    let negatives = 0
    for (let rank = 0; rank < this.size; rank++) {
      if (this.labels[rank] === 1) positives += weights[rank] ?? 0
      else negatives += weights[rank] ?? 0
    }
    return { positives, negatives }
  }
}
