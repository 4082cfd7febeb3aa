/**
 * McNemar's exact test: how likely so uneven a split of discordant pairs is, when either side is as likely (two-sided binomial).
 *
 * @returns p in (0, 1]; 1 for no discordant pair
 */
export function mcnemarExact(onlyOne: number, onlyOther: number): number {
  const pairs = onlyOne + onlyOther
  let term = -pairs * Math.LN2
  let tail = 0
  for (let k = 0; k <= Math.min(onlyOne, onlyOther); k++) {
    if (k > 0) term += Math.log(pairs - k + 1) - Math.log(k)
    tail += Math.exp(term)
  }
  return Math.min(1, 2 * tail)
}

/** More than this many steps, and the sum is as good as normal. */
const MAX_STEPS = 20_000_000

/**
 * Two-sided test of differences that are as likely the one way as the other: the share of all ways to turn their signs in which the sum is at
 * least as far from 0. Exact, by adding up the distribution of the sum; normal where that would be long. Where every difference is −1, 0 or 1 it is
 * McNemar's test.
 *
 * @param differences whole numbers, one a cluster
 */
export function signFlipTest(differences: readonly number[]): number {
  const sizes = differences.map((one) => Math.abs(one)).filter((one) => one > 0)
  if (sizes.length === 0) return 1
  const far = Math.abs(differences.reduce((sum, one) => sum + one, 0))
  const total = sizes.reduce((sum, one) => sum + one, 0)
  if (sizes.length * total > MAX_STEPS) return normalTail(far, sizes)
  // chances[s]: that the positive ones add up to s; the sum is then 2s − total.
  let chances = new Float64Array(total + 1)
  chances[0] = 1
  let reached = 0
  for (const size of sizes) {
    const next = new Float64Array(total + 1)
    for (let sum = 0; sum <= reached; sum++) {
      const half = (chances[sum] ?? 0) / 2
      next[sum] = (next[sum] ?? 0) + half
      next[sum + size] = (next[sum + size] ?? 0) + half
    }
    chances = next
    reached += size
  }
  let p = 0
  for (let sum = 0; sum <= total; sum++) if (Math.abs(2 * sum - total) >= far) p += chances[sum] ?? 0
  return Math.min(1, p)
}

function normalTail(far: number, sizes: readonly number[]): number {
  const deviation = Math.sqrt(sizes.reduce((sum, one) => sum + one * one, 0))
  // Half a step towards 0, since the sum moves in steps of two.
  return Math.min(1, 2 * upperTail((far - 1) / deviation))
}

/** Above z of the standard normal. @see Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7 */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z)
  const x = z / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return (poly * Math.exp(-x * x)) / 2
}

/** Holm's correction of p values: the chance that any of them is below by accident stays what it is for one. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] ?? 1) - (values[b] ?? 1))
  const corrected = values.map(() => 1)
  let least = 0
  for (const [rank, at] of order.entries()) {
    least = Math.max(least, Math.min(1, (values.length - rank) * (values[at] ?? 1)))
    corrected[at] = least
  }
  return corrected
}
