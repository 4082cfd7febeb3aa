/** One measured model of a family: training compute in FLOP, loss on the frozen set. */
export interface Point {
  readonly flops: number
  readonly loss: number
}

/** `loss = floor + scale * (flops / unit) ^ -exponent`, with all three above or at 0. */
export interface PowerLaw {
  readonly floor: number
  readonly scale: number
  readonly exponent: number
  /** The geometric mean of the family's compute: fitting at 1e24 would lose its digits. */
  readonly unit: number
  /** Standard deviation of the points around the curve, for three fitted parameters. */
  readonly residual: number
}

const MIN_EXPONENT = 1e-3
const MAX_EXPONENT = 3
const GRID = 48
/** Each by the golden ratio: to a billionth of a step. */
const NARROWINGS = 44
const GOLDEN = (Math.sqrt(5) - 1) / 2
/** Fewer can't tell three parameters and their scatter. */
export const MIN_POINTS = 4

/** @returns null when the points don't show a falling curve, or are fewer than four of different compute. */
export function fitPowerLaw(points: readonly Point[]): PowerLaw | null {
  const fit = powerLawFitter(points.map(({ flops }) => flops))
  return fit === null ? null : fit(points.map(({ loss }) => loss))
}

/**
 * Least squares over all three parameters: for each exponent the other two follow in closed form, so that one dimension is searched. What
 * depends on compute alone is worked out once, since a bootstrap fits the same compute many times.
 *
 * @returns null for fewer than four of different compute; else what fits losses, in the order of `flops`.
 */
export function powerLawFitter(flops: readonly number[]): ((losses: readonly number[]) => PowerLaw | null) | null {
  if (new Set(flops).size < MIN_POINTS) return null
  const unit = Math.exp(mean(flops.map((one) => Math.log(one))))
  const xs = flops.map((one) => one / unit)
  const low = Math.log(MIN_EXPONENT)
  const step = (Math.log(MAX_EXPONENT) - low) / (GRID - 1)
  const grid = Array.from({ length: GRID }, (_, i) => basisAt(xs, Math.exp(low + i * step)))
  return (losses) => {
    let [best, least] = [0, Number.POSITIVE_INFINITY]
    grid.forEach((basis, i) => {
      const { error } = linear(basis, losses)
      if (error < least) [best, least] = [i, error]
    })
    const at = (logExponent: number) => linear(basisAt(xs, Math.exp(logExponent)), losses)
    const centre = low + best * step
    const logExponent = golden((log) => at(log).error, centre - step, centre + step)
    const { floor, scale, error } = at(logExponent)
    if (!(scale > 0) || !Number.isFinite(error)) return null
    const residual = Math.sqrt(error / Math.max(1, losses.length - 3))
    return { floor, scale, exponent: Math.exp(logExponent), unit, residual }
  }
}

export function lossAt({ floor, scale, exponent, unit }: PowerLaw, flops: number): number {
  return floor + scale * (flops / unit) ** -exponent
}

/** The compute at which the curve has this loss. Infinity where the loss is at or below what the curve ever reaches. */
export function computeAt({ floor, scale, exponent, unit }: PowerLaw, loss: number): number {
  return loss <= floor ? Number.POSITIVE_INFINITY : unit * ((loss - floor) / scale) ** (-1 / exponent)
}

interface Basis {
  readonly us: readonly number[]
  readonly sum: number
  readonly squares: number
}

function basisAt(xs: readonly number[], exponent: number): Basis {
  const us = xs.map((x) => x ** -exponent)
  let [sum, squares] = [0, 0]
  for (const u of us) {
    sum += u
    squares += u * u
  }
  return { us, sum, squares }
}

/** Floor and scale for a given exponent, with the floor at 0 where it would fall below. */
function linear({ us, sum: su, squares: suu }: Basis, ys: readonly number[]) {
  const n = us.length
  let [sy, suy] = [0, 0]
  us.forEach((u, i) => {
    const y = ys[i] ?? 0
    sy += y
    suy += u * y
  })
  const spread = n * suu - su * su
  let scale = spread > 0 ? (n * suy - su * sy) / spread : 0
  let floor = (sy - scale * su) / n
  if (floor < 0) {
    floor = 0
    scale = suy / suu
  }
  let error = 0
  us.forEach((u, i) => {
    error += ((ys[i] ?? 0) - floor - scale * u) ** 2
  })
  return { floor, scale, error }
}

function golden(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to]
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
  let [fa, fb] = [f(a), f(b)]
  for (let i = 0; i < NARROWINGS; i++) {
    if (fa < fb) {
      ;[high, b, fb] = [b, a, fa]
      a = high - GOLDEN * (high - low)
      fa = f(a)
    } else {
      ;[low, a, fa] = [a, b, fb]
      b = low + GOLDEN * (high - low)
      fb = f(b)
    }
  }
  return (low + high) / 2
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
