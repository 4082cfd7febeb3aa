import { type Interval, wilsonInterval } from '../../../../base/statistics/intervals.ts'
import { percentileInterval, quantile } from '../../../../base/statistics/quantile.ts'
import { Draw } from '../draw.ts'

export type { Interval }

/** @returns NaN of nothing */
export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5)
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
  return percentileInterval(found)
}

/** The 95 % interval of a share by Wilson's score, which does not shrink to nothing when all or none were found; null of nothing. */
export function wilson(found: number, of: number): Interval | null {
  return of === 0 ? null : wilsonInterval(found / of, of)
}
