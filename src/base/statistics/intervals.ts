import { betaQuantile } from './beta.ts'

/** [low, high] */
export type Interval = readonly [number, number]

/** Quantiles of the standard normal distribution: 95 % between two bounds, and beyond one. */
export const TWO_SIDED_95 = 1.959963984540054
export const ONE_SIDED_95 = 1.6448536269514722

/**
 * Wilson's score interval of a share, right at 0 and 1 too, where the textbook interval has no width.
 *
 * @param share 0 to 1, seen among `trials`, above 0: how many there were, or as many as clustered ones are worth
 * @param z by default 95 % lie between the bounds
 * @see Wilson, J. Am. Stat. Assoc. 22 (1927) 209; Newcombe, Stat. Med. 17 (1998) 857, method 3
 */
export function wilsonInterval(share: number, trials: number, z: number = TWO_SIDED_95): Interval {
  const z2 = z * z
  const scale = 1 + z2 / trials
  const centre = (share + z2 / (2 * trials)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials))
  return [share <= 0 ? 0 : Math.max(0, centre - half), share >= 1 ? 1 : Math.min(1, centre + half)]
}

/**
 * Clopper and Pearson's exact interval of a rate.
 *
 * @param successes of `trials`, above 0; either may be a fraction, where clustered data stand for fewer trials than were run
 * @param beyond the probability beyond each bound: 0.025 for 95 % between them
 * @see Clopper and Pearson, Biometrika 26 (1934) 404
 */
export function exactInterval(successes: number, trials: number, beyond = 0.025): Interval {
  const failures = trials - successes
  return [
    successes <= 0 ? 0 : betaQuantile(beyond, successes, failures + 1),
    failures <= 0 ? 1 : betaQuantile(1 - beyond, successes + 1, failures),
  ]
}
