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
const GOLDEN = (Math.sqrt(5) - 1) / 2
/** Fewer can't tell three parameters and their scatter. */
export const MIN_POINTS = 4

/**
 * Least squares over all three parameters: for each exponent the other two follow in closed form, so that one dimension is searched.
 *
 * @returns null when the points don't show a falling curve, or are fewer than four of different compute.
 */
export function fitPowerLaw(points: readonly Point[]): PowerLaw | null {
  if (new Set(points.map(({ flops }) => flops)).size < MIN_POINTS) return null
  const unit = Math.exp(mean(points.map(({ flops }) => Math.log(flops))))
  const xs = points.map(({ flops }) => flops / unit)
  const ys = points.map(({ loss }) => loss)
  const at = (logExponent: number) => linear(xs, ys, Math.exp(logExponent))
  const low = Math.log(MIN_EXPONENT)
  const step = (Math.log(MAX_EXPONENT) - low) / (GRID - 1)
  let [best, least] = [low, at(low).error]
  for (let i = 1; i < GRID; i++) {
    const { error } = at(low + i * step)
    if (error < least) [best, least] = [low + i * step, error]
  }
  const exponentLog = golden((log) => at(log).error, best - step, best + step)
  const { floor, scale, error } = at(exponentLog)
  if (!(scale > 0) || !Number.isFinite(error)) return null
  const residual = Math.sqrt(error / Math.max(1, points.length - 3))
  return { floor, scale, exponent: Math.exp(exponentLog), unit, residual }
}

export function lossAt({ floor, scale, exponent, unit }: PowerLaw, flops: number): number {
  return floor + scale * (flops / unit) ** -exponent
}

/** The compute at which the curve has this loss. Infinity where the loss is at or below what the curve ever reaches. */
export function computeAt({ floor, scale, exponent, unit }: PowerLaw, loss: number): number {
  return loss <= floor ? Number.POSITIVE_INFINITY : unit * ((loss - floor) / scale) ** (-1 / exponent)
}

/** Floor and scale for a given exponent, with the floor at 0 where it would fall below. */
function linear(xs: readonly number[], ys: readonly number[], exponent: number) {
  const n = xs.length
  let [su, suu, sy, suy] = [0, 0, 0, 0]
  const us = xs.map((x) => x ** -exponent)
  us.forEach((u, i) => {
    const y = ys[i] ?? 0
    su += u
    suu += u * u
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
  const error = us.reduce((sum, u, i) => sum + ((ys[i] ?? 0) - floor - scale * u) ** 2, 0)
  return { floor, scale, error }
}

function golden(f: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to]
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
  let [fa, fb] = [f(a), f(b)]
  for (let i = 0; i < 60; i++) {
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
