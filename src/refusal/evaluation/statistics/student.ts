import { TWO_SIDED_95 } from '../../../base/statistics/intervals.ts'

/**
 * Two-sided 95 % of Student's t.
 *
 * @param df degrees of freedom, at least 1
 * @returns exact for 1 and 2; from 3 on by the expansion around the normal quantile, within 0.004
 * @see Abramowitz and Stegun 26.7.5
 */
export function t95(df: number): number {
  if (df <= 1) return 12.706204736432095
  if (df < 3) return 4.302652729911275
  const z = TWO_SIDED_95
  const [z3, z5, z7, z9] = [z ** 3, z ** 5, z ** 7, z ** 9]
  const g1 = (z3 + z) / 4
  const g2 = (5 * z5 + 16 * z3 + 3 * z) / 96
  const g3 = (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / 384
  const g4 = (79 * z9 + 776 * z7 + 1_482 * z5 - 1_920 * z3 - 945 * z) / 92_160
  return z + g1 / df + g2 / df ** 2 + g3 / df ** 3 + g4 / df ** 4
}
