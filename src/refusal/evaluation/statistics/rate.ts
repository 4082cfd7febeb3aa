import { TWO_SIDED_95, wilsonInterval } from '../../../base/statistics/intervals.ts'
import type { Interval, Rate } from '../schema.ts'
import { t95 } from './student.ts'

/** One answer: whether it is so; null = nobody knows. Answers of a cluster may go alike. */
export interface Observation {
  readonly cluster: string
  readonly value: boolean | null
}

/**
 * The share of answers of which it is true, with its interval (95 %).
 *
 * Clusters: the Wilson interval at the effective sample size n / deff, where deff is what the variance between clusters is of that of single
 * draws, never below 1; with t of clusters − 1 degrees of freedom, since that variance is itself estimated. Where all answers are alike there is no
 * variance to estimate, and each cluster counts as one answer. Unknown: the lower end takes none of them for true, the upper end all.
 *
 * @see Korn and Graubard, Confidence intervals for proportions with small expected number of positive counts (1998), for the effective size
 */
export function rateOf(observations: readonly Observation[]): Rate {
  const known = observations.filter(({ value }) => value !== null)
  const count = known.filter(({ value }) => value).length
  const unknown = observations.length - known.length
  const all = observations.length
  const base = { count, of: known.length, unknown, rate: known.length === 0 ? null : count / known.length }
  if (all === 0) return { ...base, interval: null, bounds: null, effective: null }
  const low = clustered(observations, false)
  const high = unknown === 0 ? low : clustered(observations, true)
  return {
    ...base,
    interval: [low.interval[0], high.interval[1]],
    bounds: [count / all, (count + unknown) / all],
    effective: known.length === 0 ? null : clustered(known, false).effective,
  }
}

interface Clustered {
  readonly interval: Interval
  readonly effective: number
}

function clustered(observations: readonly Observation[], unknownAs: boolean): Clustered {
  const clusters = new Map<string, { yes: number; of: number }>()
  for (const { cluster, value } of observations) {
    const own = clusters.get(cluster) ?? { yes: 0, of: 0 }
    own.of += 1
    if (value ?? unknownAs) own.yes += 1
    clusters.set(cluster, own)
  }
  let yes = 0
  for (const own of clusters.values()) yes += own.yes
  const of = observations.length
  const effective = effectiveSize([...clusters.values()], yes / of, of)
  return { interval: [...wilsonInterval(yes / of, effective)], effective }
}

/** @param share of all, of which there are `of` */
export function effectiveSize(
  clusters: readonly { readonly yes: number; readonly of: number }[],
  share: number,
  of: number,
): number {
  const groups = clusters.length
  if (groups === of) return of
  const single = (share * (1 - share)) / of
  // One cluster, or no variance to be seen: as if the answers of a cluster always went alike.
  if (groups < 2 || single === 0) return groups
  let squares = 0
  for (const { yes, of: own } of clusters) squares += (yes - share * own) ** 2
  const between = (groups / (groups - 1)) * (squares / of ** 2)
  const fewer = (TWO_SIDED_95 / t95(groups - 1)) ** 2
  return Math.max(1, (of / Math.max(1, between / single)) * fewer)
}
