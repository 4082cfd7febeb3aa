import type { EvaluationTimeline } from '../../app/api/schema.ts'

const DAY_MS = 86_400_000
/** Nothing of the picture beyond: what has no bound is drawn at the top. */
const MOST = 1_000
const LEAST = 0.001

/** What a timeline covers: time from left to right, growth from bottom to top by its logarithm. */
export interface Extent {
  readonly fromMs: number
  readonly toMs: number
  readonly low: number
  readonly high: number
}

/** Everything that is drawn has room, and the two limits always do. */
export function extentOf({ due, points, planned }: EvaluationTimeline, nowMs: number): Extent {
  const times = points.map(({ takenAt }) => Date.parse(takenAt))
  const counted = due.reference === null ? [] : [Date.parse(due.reference.at)]
  const fromMs = Math.min(...times, ...counted, nowMs)
  const last = Math.max(...times, nowMs, due.calendarAt === null ? nowMs : Date.parse(due.calendarAt))
  const toMs = Math.max(last, fromMs + DAY_MS)
  const room = (toMs - fromMs) * 0.02
  const factors = [...points.flatMap(({ k, kHi }) => [k, kHi]), ...planned.map(({ kHi }) => kHi), 1, due.buffer].filter(
    (factor) => factor !== null,
  )
  const low = Math.max(LEAST, Math.min(...factors) / 1.25)
  const high = Math.min(MOST, Math.max(...factors) * 1.35)
  return { fromMs: fromMs - room, toMs: toMs + room, low, high }
}

/** @returns the share of the way from the bottom to the top, within 0 and 1; what has no bound is at the top */
export function heightOf(factor: number | null, { low, high }: Extent): number {
  if (factor === null) return 1
  const share = Math.log(factor / low) / Math.log(high / low)
  return Math.min(1, Math.max(0, share))
}

/** Factors for the axis: 1, 2 and 5 of each power of ten that is shown. */
export function factorTicks({ low, high }: Extent): number[] {
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const digit of [1, 2, 5]) {
      const factor = Number(`${digit}e${power}`)
      if (factor >= low && factor <= high) ticks.push(factor)
    }
  return ticks
}

/** Beginnings of months, or of years where there would be too many: `2026-03`. */
export function monthTicks(
  { fromMs, toMs }: Extent,
  most: number,
): { readonly atMs: number; readonly label: string }[] {
  const from = new Date(fromMs)
  const months: { atMs: number; label: string }[] = []
  const first = from.getUTCFullYear() * 12 + from.getUTCMonth()
  for (let month = first; ; month++) {
    const atMs = Date.UTC(Math.floor(month / 12), month % 12, 1)
    if (atMs > toMs) break
    if (atMs >= fromMs) months.push({ atMs, label: new Date(atMs).toISOString().slice(0, 7) })
  }
  const every = [1, 2, 3, 6, 12].find((n) => months.length / n <= most) ?? 24
  return months.filter((_, i) => i % every === 0)
}
