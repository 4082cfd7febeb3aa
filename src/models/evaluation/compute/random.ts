/**
 * Repeatable random numbers in [0, 1): the same evidence gives the same bounds on every machine, so that a reader can follow a verdict.
 * Not for secrets. The generator is "mulberry32" by Tommy Ettinger, in the public domain.
 */
export function repeatable(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of `values`, each as likely. */
export function pick(values: ArrayLike<number>, random: () => number): number {
  return values[Math.floor(random() * values.length)] ?? 0
}

/** The value below which this share of them lies, at or above it where it falls between two. Sorts a copy. */
export function upperQuantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length))] ?? Number.POSITIVE_INFINITY
}
