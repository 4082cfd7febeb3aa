import { type Interval, wilsonInterval } from '../../../../base/statistics/intervals.ts'
import { Draw } from '../draw.ts'

export type { Interval }

const LOW = 0.025
const HIGH = 0.975

/** The quantile with linear interpolation between neighbours (Hyndman and Fan's type 7, as NumPy's default). @param sorted not empty */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const low = Math.floor(at)
  const a = sorted[low] ?? Number.NaN
  const b = sorted[Math.min(low + 1, sorted.length - 1)] ?? a
  return a === b ? a : a + (b - a) * (at - low)
}

/** @returns NaN of nothing */
export function median(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : quantile(ascending(values), 0.5)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * The percentile bootstrap's 95 % interval of a statistic of independent values.
 *
 * @returns null of nothing
 * @see Efron, B. and Tibshirani, R. (1993), An Introduction to the Bootstrap, chapter 13
 */
export function bootstrap(
  values: readonly number[],
  statistic: (values: readonly number[]) => number,
  { resamples, seed }: { resamples: number; seed: number },
): Interval | null {
  if (values.length === 0) return null
  const draw = new Draw(seed).fork('bootstrap')
  const found: number[] = []
  for (let sample = 0; sample < resamples; sample++) {
    const again = Array.from({ length: values.length }, () => values[draw.int(0, values.length - 1)] ?? 0)
    found.push(statistic(again))
  }
  const sorted = ascending(found)
  return [quantile(sorted, LOW), quantile(sorted, HIGH)]
}

/** The 95 % interval of a share by Wilson's score, which does not shrink to nothing when all or none were found; null of nothing. */
export function wilson(found: number, of: number): Interval | null {
  return of === 0 ? null : wilsonInterval(found / of, of)
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b)
}
