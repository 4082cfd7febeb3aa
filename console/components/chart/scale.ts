/**
 * Round values for an axis.
 *
 * @param max Of the data, not negative.
 * @param count About how many.
 * @returns From 0 up, the last one at or above `max`; steps of 1, 2 or 5 times a power of ten, never below 1.
 */
export function ticks(max: number, count = 4): number[] {
  const rough = Math.max(max, 1) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power)
  const last = Math.max(1, Math.ceil(max / step))
  return Array.from({ length: last + 1 }, (_, i) => i * step)
}

/** `1.2k`, `3.4M`: short enough for an axis. */
export function short(n: number): string {
  if (n >= 1_000_000) return `${Number((n / 1_000_000).toFixed(1))}M`
  return n >= 1_000 ? `${Number((n / 1_000).toFixed(1))}k` : String(n)
}
