import type { Interval } from './intervals.ts'

/**
 * The quantile of sorted values by linear interpolation (type 7 of Hyndman and Fan, numpy's default); NaN of none.
 *
 * @param sorted ascending; may end in infinities
 * @param p in [0, 1]
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const at = p * (sorted.length - 1)
  const below = Math.floor(at)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low
  return at === below || low === high ? low : low + (at - below) * (high - low)
}

/**
 * What the percentile bootstrap takes for the 95 % interval: between the 2.5th and the 97.5th percentile of resampled statistics.
 *
 * @see Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3
 */
export function percentileInterval(resampled: Iterable<number>): Interval {
  const sorted = Float64Array.from(resampled).sort()
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)]
}
