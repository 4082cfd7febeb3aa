import type { Random } from '../../../base/random.ts'

/** A draw from the beta distribution. @param a, b above 0 */
export function drawnBeta(a: number, b: number, random: Random): number {
  const x = drawnGamma(a, random)
  const y = drawnGamma(b, random)
  return x + y === 0 ? a / (a + b) : x / (x + y)
}

/** @see Marsaglia and Tsang, A simple method for generating gamma variables (2000); below 1 by their boost */
function drawnGamma(shape: number, random: Random): number {
  if (shape < 1) return drawnGamma(shape + 1, random) * (1 - random()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = drawnNormal(random)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** Box and Muller's. */
function drawnNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
