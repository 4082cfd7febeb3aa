import type { Activity } from './activity.ts'

/** What two activities are ordered by. Times alone may be equal. */
export interface Moment {
  readonly timeMs: number
  readonly id: string
}

export function compareMoments(a: Moment, b: Moment): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** Where in `sorted` an activity of this moment stands, or would. */
export function placeIn(sorted: readonly Activity[], moment: Moment): number {
  let low = 0
  let high = sorted.length
  const last = sorted[high - 1]
  if (last !== undefined && compareMoments(last, moment) < 0) return high // the usual case
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = sorted[middle]
    if (found !== undefined && compareMoments(found, moment) < 0) low = middle + 1
    else high = middle
  }
  return low
}
