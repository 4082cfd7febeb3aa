import type { Random } from './random.ts'
import type { Interval } from './rates.ts'

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
  return values.map((drawn) => (drawn.length * 2 <= resamples ? null : percentiles(drawn)))
}

function drawFrom(members: Uint32Array, weights: Uint32Array, random: Random): void {
  const { length } = members
  for (let i = 0; i < length; i++) {
    const member = members[Math.floor(random() * length)] ?? 0
    weights[member] = (weights[member] ?? 0) + 1
  }
}

function percentiles(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort()
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)]
}

/**
 * The quantile of sorted values by linear interpolation (type 7 of Hyndman and Fan, numpy's default); NaN for none.
 *
 * @param p in [0, 1]
 */
export function quantile(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) return Number.NaN
  const at = p * (sorted.length - 1)
  const below = Math.floor(at)
  const low = sorted[below] ?? 0
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low
  return low + (at - below) * (high - low)
}
