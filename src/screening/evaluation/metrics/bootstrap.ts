import type { Random } from '../../../base/random.ts'
import type { Interval } from '../../../base/statistics/intervals.ts'
import { percentileInterval } from '../../../base/statistics/quantile.ts'

/**
 * Percentile intervals (95 %) of `statistics` under resampling with replacement within each stratum.
 *
 * @param strata the members of each stratum: indices into the weights that `statistics` gets
 * @param size number of weights
 * @param statistics values for one resample, given how often each member was drawn; null where undefined
 * @returns one interval per statistic; null when most resamples left it undefined
 * @see Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3
 */
export function bootstrap(
  strata: readonly Uint32Array[],
  size: number,
  resamples: number,
  random: Random,
  statistics: (weights: Uint32Array) => readonly (number | null)[],
): (Interval | null)[] {
  const values: number[][] = []
  const weights = new Uint32Array(size)
  for (let n = 0; n < resamples; n++) {
    weights.fill(0)
    for (const members of strata) drawFrom(members, weights, random)
    for (const [k, value] of statistics(weights).entries()) {
      values[k] ??= []
      if (value !== null) values[k].push(value)
    }
  }
  return values.map((drawn) => (drawn.length * 2 <= resamples ? null : percentileInterval(drawn)))
}

function drawFrom(members: Uint32Array, weights: Uint32Array, random: Random): void {
  const { length } = members
  for (let i = 0; i < length; i++) {
    const member = members[Math.floor(random() * length)] ?? 0
    weights[member] = (weights[member] ?? 0) + 1
  }
}
