import type { Standing } from './engine.ts'

/** A point every so often; what stood between them is not kept. */
const STEP_MS = 6 * 3_600_000
/** Fourteen days. */
const MOST_POINTS = 56

/** How risk of those on the board stood before: sealed with the board, and gone with whoever leaves it. */
export interface Trend {
  /** Number of the newest step since 1970. */
  readonly step: number
  /** By `of` and id: nats, oldest first, the newest is of `step`. */
  readonly points: Readonly<Record<string, readonly number[]>>
}

/** The trend with how risk stands now: another point, or a better one for a step that still runs. */
export function withPoint(before: Trend | null, standings: readonly Standing[], nowMs: number): Trend {
  const step = Math.floor(nowMs / STEP_MS)
  const passed = before === null ? 0 : Math.min(MOST_POINTS, Math.max(0, step - before.step))
  const points = standings.map(({ of, id, risk }): [string, number[]] => {
    const known = before?.points[`${of}\n${id}`] ?? []
    const last = known.at(-1) ?? 0
    // While nothing was looked at, risk stood where it was.
    const kept = passed === 0 ? known.slice(0, -1) : [...known, ...Array.from({ length: passed - 1 }, () => last)]
    return [`${of}\n${id}`, [...kept, Math.round(risk * 100) / 100].slice(-MOST_POINTS)]
  })
  return { step, points: Object.fromEntries(points) }
}

export function trendOf(trend: Trend | undefined, of: Standing['of'], id: string): number[] {
  return [...(trend?.points[`${of}\n${id}`] ?? [])]
}
