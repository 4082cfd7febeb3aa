import type { Random } from '../../../base/random.ts'

/** One of `values`, each as likely. */
export function pick(values: ArrayLike<number>, random: Random): number {
  return values[Math.floor(random() * values.length)] ?? 0
}

/** The value below which this share of them lies, at or above it where it falls between two. Sorts a copy. */
export function upperQuantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length))] ?? Number.POSITIVE_INFINITY
}
