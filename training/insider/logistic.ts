import type { Row } from './rows.ts'

export interface Example {
  readonly row: Row
  readonly isHarm: boolean
  readonly weight: number
}

export interface Fitted {
  readonly weights: Float64Array
  readonly bias: number
}

/** Examples as one table: a row's columns and counts lie between two of `starts`. */
interface Table {
  readonly starts: Int32Array
  readonly columns: Int32Array
  readonly counts: Float64Array
  readonly signs: Float64Array
  readonly shares: Float64Array
}

const STEPS = 120
const ENOUGH = 1e-6

/**
 * Logistic regression with weights that are never negative, by accelerated projected gradients.
 *
 * @param towards what weights are drawn to by `l2`, where examples say nothing else
 * @param from where to begin
 * @see Beck, A. and Teboulle, M. (2009), A Fast Iterative Shrinkage-Thresholding Algorithm, SIAM J. Imaging Sciences 2
 */
export function fitLogistic(examples: readonly Example[], towards: Float64Array, l2: number, from: Fitted): Fitted {
  const size = towards.length
  const table = tableOf(examples)
  // The bias is the last one.
  let now = Float64Array.from([...from.weights, from.bias])
  const ahead = now.slice()
  let momentum = 1
  const step = 1 / (0.25 * curvature(table, size + 1) + 2 * l2)
  for (let round = 0; round < STEPS; round++) {
    const gradient = gradientAt(table, ahead)
    const next = new Float64Array(size + 1)
    for (let at = 0; at < size; at++) {
      const pull = 2 * l2 * ((ahead[at] ?? 0) - (towards[at] ?? 0))
      next[at] = Math.max(0, (ahead[at] ?? 0) - step * ((gradient[at] ?? 0) + pull))
    }
    next[size] = (ahead[size] ?? 0) - step * (gradient[size] ?? 0)
    const nextMomentum = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2
    const by = (momentum - 1) / nextMomentum
    let moved = 0
    for (let at = 0; at <= size; at++) {
      const by1 = (next[at] ?? 0) - (now[at] ?? 0)
      moved += by1 ** 2
      ahead[at] = (next[at] ?? 0) + by * by1
    }
    now = next
    momentum = nextMomentum
    if (moved < ENOUGH) break
  }
  return { weights: now.slice(0, size), bias: now[size] ?? 0 }
}

export function scoreOf({ columns, counts }: Row, weights: Float64Array): number {
  let sum = 0
  for (let at = 0; at < columns.length; at++) sum += (weights[columns[at] ?? 0] ?? 0) * (counts[at] ?? 0)
  return sum
}

function tableOf(examples: readonly Example[]): Table {
  const starts = new Int32Array(examples.length + 1)
  for (const [at, { row }] of examples.entries()) starts[at + 1] = (starts[at] ?? 0) + row.columns.length
  const columns = new Int32Array(starts[examples.length] ?? 0)
  const counts = new Float64Array(columns.length)
  const signs = new Float64Array(examples.length)
  const shares = new Float64Array(examples.length)
  const total = examples.reduce((sum, { weight }) => sum + weight, 0)
  for (const [at, { row, isHarm, weight }] of examples.entries()) {
    columns.set(row.columns, starts[at])
    counts.set(row.counts, starts[at])
    signs[at] = isHarm ? 1 : 0
    shares[at] = weight / total
  }
  return { starts, columns, counts, signs, shares }
}

/** Of the mean loss; the last one is the bias's. */
function gradientAt(table: Table, at: Float64Array): Float64Array {
  return applied(table, at, (sum, sign, share) => (1 / (1 + Math.exp(-sum)) - sign) * share)
}

function applied(
  { starts, columns, counts, signs, shares }: Table,
  vector: Float64Array,
  factorOf: (sum: number, sign: number, share: number) => number,
): Float64Array {
  const size = vector.length - 1
  const result = new Float64Array(size + 1)
  for (let row = 0; row < shares.length; row++) {
    const end = starts[row + 1] ?? 0
    let sum = vector[size] ?? 0
    for (let at = starts[row] ?? 0; at < end; at++) sum += (vector[columns[at] ?? 0] ?? 0) * (counts[at] ?? 0)
    const factor = factorOf(sum, signs[row] ?? 0, shares[row] ?? 0)
    for (let at = starts[row] ?? 0; at < end; at++) {
      const column = columns[at] ?? 0
      result[column] = (result[column] ?? 0) + factor * (counts[at] ?? 0)
    }
    result[size] = (result[size] ?? 0) + factor
  }
  return result
}

/** The largest eigenvalue of the examples' second moments, by power iteration, and a bit. */
function curvature(table: Table, size: number): number {
  let vector = new Float64Array(size).fill(1)
  let value = 1
  for (let round = 0; round < 10; round++) {
    const next = applied(table, vector, (sum, _, share) => sum * share)
    value = Math.sqrt(next.reduce((sum, one) => sum + one ** 2, 0))
    vector = next.map((one) => one / Math.max(value, 1e-12))
  }
  return 1.2 * value
}
