import type { Random } from '../../../base/random.ts'
import { TWO_SIDED_95 } from '../../../base/statistics/intervals.ts'
import type { Interval } from '../schema.ts'
import { mcnemarExact, signFlipTest } from './exact.ts'
import { type ClusterSum, resampledMean } from './resample.ts'

/** What the two said to the same question, draw by draw; null = nobody knows. */
export interface PairedItem {
  readonly cluster: string
  readonly base: readonly (boolean | null)[]
  readonly tuned: readonly (boolean | null)[]
}

export interface PairedResult {
  readonly items: number
  readonly clusters: number
  /** Items with a draw of which one side is unknown. */
  readonly unknown: number
  readonly base: number | null
  readonly tuned: number | null
  readonly difference: number | null
  readonly interval: Interval | null
  readonly onlyBase: number
  readonly onlyTuned: number
  readonly mcnemar: number
  readonly p: number
  /** Share of pairs that differ, for the question of how many items would tell. */
  readonly discordant: number
}

/**
 * Compares two models on the same items. The interval of the difference is the wider of two: percentiles of resampled clusters, and Bonett and
 * Price's adjusted one, which has a width where hardly any pair differs. Its lower end takes unknown draws for better in `tuned` and worse
 * in `base`, its upper end the other way round.
 *
 * @see Bonett and Price, Adjusted Wald confidence interval for a difference of binomial proportions based on paired data (2012)
 */
export function pairedResult(items: readonly PairedItem[], random: Random): PairedResult {
  const known = sums(items, null, null)
  const unknown = items.filter(({ base, tuned }) => [...base, ...tuned].includes(null)).length
  const pairs = known.reduce((sum, { of }) => sum + of, 0)
  const difference = pairs === 0 ? null : known.reduce((sum, one) => sum + one.sum, 0) / pairs
  let onlyBase = 0
  let onlyTuned = 0
  for (const { base, tuned } of items) {
    const [before, after] = [mostly(base), mostly(tuned)]
    if (before === null || after === null) continue
    if (before && !after) onlyBase += 1
    if (after && !before) onlyTuned += 1
  }
  const best = unknown === 0 ? known : sums(items, true, false)
  const worst = unknown === 0 ? known : sums(items, false, true)
  const [low, high] = [differenceInterval(best, random), differenceInterval(worst, random)]
  return {
    items: items.length,
    clusters: new Set(items.map(({ cluster }) => cluster)).size,
    unknown,
    base: share(items.flatMap(({ base }) => base)),
    tuned: share(items.flatMap(({ tuned }) => tuned)),
    difference,
    interval: low === null || high === null ? null : [low[0], high[1]],
    ...{ onlyBase, onlyTuned },
    mcnemar: mcnemarExact(onlyBase, onlyTuned),
    p: signFlipTest(known.map(({ sum }) => sum)),
    discordant: pairs === 0 ? 0 : known.reduce((sum, { differ }) => sum + differ, 0) / pairs,
  }
}

interface PairSum extends ClusterSum {
  /** Pairs that differ. */
  readonly differ: number
}

/** By cluster. @param baseAs what an unknown draw counts as; null = its pair is left out */
function sums(items: readonly PairedItem[], baseAs: boolean | null, tunedAs: boolean | null): PairSum[] {
  const clusters = new Map<string, { sum: number; of: number; differ: number }>()
  for (const { cluster, base, tuned } of items) {
    for (let draw = 0; draw < Math.min(base.length, tuned.length); draw++) {
      const before = base[draw] ?? baseAs
      const after = tuned[draw] ?? tunedAs
      if (before === null || after === null) continue
      const own = clusters.get(cluster) ?? { sum: 0, of: 0, differ: 0 }
      own.of += 1
      own.sum += Number(after) - Number(before)
      if (after !== before) own.differ += 1
      clusters.set(cluster, own)
    }
  }
  return [...clusters.values()]
}

function differenceInterval(clusters: readonly PairSum[], random: Random): Interval | null {
  const resampled = resampledMean(clusters, random)
  if (resampled === null) return null
  const [low, high] = adjusted(clusters)
  return [Math.max(-1, Math.min(resampled[0], low)), Math.min(1, Math.max(resampled[1], high))]
}

/** Bonett and Price's interval, at the effective number of pairs. */
function adjusted(clusters: readonly PairSum[]): Interval {
  const of = clusters.reduce((sum, one) => sum + one.of, 0)
  const mean = clusters.reduce((sum, one) => sum + one.sum, 0) / of
  const differ = clusters.reduce((sum, one) => sum + one.differ, 0) / of
  const size = effectivePairs(clusters, mean, differ, of)
  const [more, less] = [((differ + mean) / 2) * size + 1, ((differ - mean) / 2) * size + 1]
  const centre = (more - less) / (size + 2)
  const half = TWO_SIDED_95 * Math.sqrt(((more + less) / (size + 2) - centre ** 2) / (size + 2))
  return [centre - half, centre + half]
}

function effectivePairs(clusters: readonly PairSum[], mean: number, differ: number, of: number): number {
  const groups = clusters.length
  if (groups === of) return of
  const single = (differ - mean ** 2) / of
  if (groups < 2 || single <= 0) return groups
  const squares = clusters.reduce((sum, one) => sum + (one.sum - mean * one.of) ** 2, 0)
  return of / Math.max(1, ((groups / (groups - 1)) * (squares / of ** 2)) / single)
}

/** By the most of the draws that are known; null for none of them, or as many as not. */
function mostly(draws: readonly (boolean | null)[]): boolean | null {
  const part = share(draws)
  return part === null || part === 0.5 ? null : part > 0.5
}

function share(draws: readonly (boolean | null)[]): number | null {
  const known = draws.filter((draw) => draw !== null)
  return known.length === 0 ? null : known.filter(Boolean).length / known.length
}
