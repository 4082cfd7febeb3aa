import { TWO_SIDED_95 } from '../base/statistics/intervals.ts'

/** How far two readers agree beyond chance. */
export interface Agreement {
  readonly n: number
  /** Share on which both said the same; null without any. */
  readonly observed: number | null
  /** Share on which they would by chance. */
  readonly expected: number | null
  /** Cohen's kappa, -1 to 1; null where it is not defined: nothing to compare, or everybody always said the same one thing. */
  readonly kappa: number | null
  /** Large-sample standard error; null where kappa is. */
  readonly standardError: number | null
  /** 95 % confidence interval, cut to [-1, 1]. */
  readonly low: number | null
  readonly high: number | null
}

const NOTHING = { observed: null, expected: null, kappa: null, standardError: null, low: null, high: null }

/**
 * Cohen's kappa of a square table of counts.
 *
 * @param table `table[i][j]`: how often the first reader said i and the second j.
 * @see Cohen, "A coefficient of agreement for nominal scales" (1960); the standard error is that of Fleiss, Cohen and Everitt,
 *   "Large sample standard errors of kappa and weighted kappa" (1969), unweighted. It is rough for fewer than some thirty pairs.
 */
export function agreementOf(table: readonly (readonly number[])[]): Agreement {
  const n = sum(table.flat())
  if (n === 0) return { n, ...NOTHING }
  const p = table.map((row) => row.map((count) => count / n))
  const rows = p.map(sum)
  const columns = p.map((_, j) => sum(p.map((row) => row[j] ?? 0)))
  const observed = sum(p.map((row, i) => row[i] ?? 0))
  const expected = sum(rows.map((row, i) => row * (columns[i] ?? 0)))
  if (1 - expected < 1e-12) return { n, ...NOTHING, observed, expected }
  const kappa = (observed - expected) / (1 - expected)
  const standardError = Math.sqrt(Math.max(0, variance(p, rows, columns, { kappa, expected }) / n))
  return {
    n,
    observed,
    expected,
    kappa,
    standardError,
    low: Math.max(-1, kappa - TWO_SIDED_95 * standardError),
    high: Math.min(1, kappa + TWO_SIDED_95 * standardError),
  }
}

function variance(
  p: readonly (readonly number[])[],
  rows: readonly number[],
  columns: readonly number[],
  { kappa, expected }: { kappa: number; expected: number },
): number {
  let agreeing = 0
  let differing = 0
  p.forEach((row, i) => {
    row.forEach((share, j) => {
      if (i === j) agreeing += share * (1 - ((rows[i] ?? 0) + (columns[i] ?? 0)) * (1 - kappa)) ** 2
      else differing += share * ((columns[i] ?? 0) + (rows[j] ?? 0)) ** 2
    })
  })
  const correction = (kappa - expected * (1 - kappa)) ** 2
  return (agreeing + (1 - kappa) ** 2 * differing - correction) / (1 - expected) ** 2
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
