import type { Random } from '../../../base/random.ts'
import { percentileInterval } from '../../../base/statistics/quantile.ts'
import type { Interval } from '../schema.ts'

export const RESAMPLES = 2_000

/** What one cluster adds: a sum over so many. */
export interface ClusterSum {
  readonly sum: number
  readonly of: number
}

/**
 * The interval (95 %) of sum / of over clusters, by the percentiles of resampled clusters.
 *
 * @returns null for none
 * @see Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3
 */
export function resampledMean(clusters: readonly ClusterSum[], random: Random, resamples = RESAMPLES): Interval | null {
  if (clusters.length === 0) return null
  const sums = Float64Array.from(clusters, ({ sum }) => sum)
  const sizes = Float64Array.from(clusters, ({ of }) => of)
  const means = new Float64Array(resamples)
  for (let n = 0; n < resamples; n++) {
    let sum = 0
    let of = 0
    for (let i = 0; i < sums.length; i++) {
      const at = Math.floor(random() * sums.length)
      sum += sums[at] ?? 0
      of += sizes[at] ?? 0
    }
    means[n] = sum / of
  }
  const [low, high] = percentileInterval(means)
  return [low, high]
}
