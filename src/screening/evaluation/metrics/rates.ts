import { type Interval, wilsonInterval } from '../../../base/statistics/intervals.ts'

export type { Interval } from '../../../base/statistics/intervals.ts'

/** `count` of `of`, with its interval; `rate` and `interval` are null where there was nothing to count. */
export interface Rate {
  readonly count: number
  readonly of: number
  readonly rate: number | null
  readonly interval: Interval | null
}

/** A proportion with the Wilson score interval (95 %). */
export function wilson(count: number, of: number): Rate {
  if (of === 0) return { count, of, rate: null, interval: null }
  const rate = count / of
  return { count, of, rate, interval: wilsonInterval(rate, of) }
}

/** What a decision gave against what was true. */
export interface Confusion {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
}

/** Harmonic mean of precision and recall; null where nothing was positive and nothing was flagged. */
export function f1({ truePositives: tp, falsePositives: fp, falseNegatives: fn }: Confusion): number | null {
  return tp + fp + fn === 0 ? null : (2 * tp) / (2 * tp + fp + fn)
}

/** Of the flagged, how many rightly. */
export function precision({ truePositives, falsePositives }: Confusion): Rate {
  return wilson(truePositives, truePositives + falsePositives)
}

/** Of the harmful, how many were flagged. */
export function recall({ truePositives, falseNegatives }: Confusion): Rate {
  return wilson(truePositives, truePositives + falseNegatives)
}

/** Of the harmless, how many were flagged. */
export function falsePositiveRate({ falsePositives, trueNegatives }: Confusion): Rate {
  return wilson(falsePositives, falsePositives + trueNegatives)
}

/** Counts decisions; both arrays hold 0 or 1 and have the same length. */
export function confusion(labels: Uint8Array, flagged: Uint8Array): Confusion {
  let truePositives = 0
  let falsePositives = 0
  let falseNegatives = 0
  let trueNegatives = 0
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 1) {
      if (flagged[i] === 1) truePositives += 1
      else falseNegatives += 1
    } else if (flagged[i] === 1) falsePositives += 1
    else trueNegatives += 1
  }
  return { truePositives, falsePositives, falseNegatives, trueNegatives }
}
