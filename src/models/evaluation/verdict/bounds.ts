import { seededRandom } from '../../../base/random.ts'
import { exactInterval, type Interval, ONE_SIDED_95, wilsonInterval } from '../../../base/statistics/intervals.ts'
import { pick } from '../compute/resample.ts'

export type BoundMethod = 'wilson' | 'clopper-pearson'

/** Counts may be fractions: clustered data stand for fewer independent trials than were run. */
export interface Proportion {
  readonly successes: number
  readonly trials: number
}

/** One-sided bounds of a rate. No trials tell nothing: 0 to 1. */
export interface Bounds {
  readonly lower: number
  readonly upper: number
}

const ALPHA = 0.05
const NOTHING_KNOWN: Bounds = { lower: 0, upper: 1 }

/** Wilson's score bounds, one-sided at 95 %. */
export function wilson({ successes, trials }: Proportion): Bounds {
  return trials > 0 ? boundsOf(wilsonInterval(successes / trials, trials, ONE_SIDED_95)) : NOTHING_KNOWN
}

/** Clopper and Pearson's exact bounds, one-sided at 95 %. */
export function clopperPearson({ successes, trials }: Proportion): Bounds {
  return trials > 0 ? boundsOf(exactInterval(successes, trials, ALPHA)) : NOTHING_KNOWN
}

function boundsOf([lower, upper]: Interval): Bounds {
  return { lower, upper }
}

export function boundsBy(method: BoundMethod, proportion: Proportion): Bounds {
  return method === 'wilson' ? wilson(proportion) : clopperPearson(proportion)
}

/** One family of tasks, or one task over its epochs: what is inside goes together. */
export interface Cluster {
  readonly successes: number
  readonly trials: number
}

/**
 * How many independent trials clustered ones are worth, never more than there were: from the variance between clusters (Rao and Scott,
 * Biometrics 48, 1992, in the form of a ratio estimator). Where they show no variance at all it is the number of clusters, since how alike
 * the trials within one are can't be told then.
 */
export function effectiveTrials(clusters: readonly Cluster[]): number {
  const used = clusters.filter(({ trials }) => trials > 0)
  const trials = used.reduce((sum, cluster) => sum + cluster.trials, 0)
  const count = used.length
  if (trials === 0) return 0
  if (used.every((cluster) => cluster.trials === 1)) return trials
  const p = used.reduce((sum, cluster) => sum + cluster.successes, 0) / trials
  if (count < 2 || p <= 0 || p >= 1) return count
  const squares = used.reduce((sum, cluster) => sum + (cluster.successes - p * cluster.trials) ** 2, 0)
  const between = (squares * count) / (count - 1) / (trials * trials)
  const alone = (p * (1 - p)) / trials
  return between <= alone ? trials : (trials * alone) / between
}

const DRAWS = 1_000
const MOST_DRAWN = 5_000_000
const SEED = 0xb007

/** Bounds by drawing clusters with repetition: 5 % of the draws lie beyond each. */
export function clusterBootstrap(clusters: readonly Cluster[]): Bounds {
  const used = clusters.filter(({ trials }) => trials > 0)
  if (used.length === 0) return NOTHING_KNOWN
  const successes = Float64Array.from(used, (cluster) => cluster.successes)
  const trials = Float64Array.from(used, (cluster) => cluster.trials)
  const indexes = Uint32Array.from(used, (_, i) => i)
  const random = seededRandom(SEED)
  // Very many clusters vary little from draw to draw, and take long.
  const draws = Math.max(100, Math.min(DRAWS, Math.floor(MOST_DRAWN / used.length)))
  const rates = new Float64Array(draws)
  for (let draw = 0; draw < draws; draw++) {
    let [hit, all] = [0, 0]
    for (let i = 0; i < indexes.length; i++) {
      const at = pick(indexes, random)
      hit += successes[at] ?? 0
      all += trials[at] ?? 0
    }
    rates[draw] = hit / all
  }
  rates.sort()
  const beyond = Math.floor(ALPHA * draws)
  return { lower: rates[beyond] ?? 0, upper: rates[draws - 1 - beyond] ?? 1 }
}

/** The widest of what the exact bounds of the effective trials and the bootstrap say. */
export function clusteredBounds(method: BoundMethod, clusters: readonly Cluster[]): Bounds {
  const all = clusters.reduce(
    (sum, { successes, trials }) => ({ successes: sum.successes + successes, trials: sum.trials + trials }),
    { successes: 0, trials: 0 },
  )
  const worth = effectiveTrials(clusters)
  if (worth === 0) return NOTHING_KNOWN
  const exact = boundsBy(method, { successes: (all.successes / all.trials) * worth, trials: worth })
  if (worth === all.trials && clusters.every(({ trials }) => trials <= 1)) return exact
  const drawn = clusterBootstrap(clusters)
  return { lower: Math.min(exact.lower, drawn.lower), upper: Math.max(exact.upper, drawn.upper) }
}
