/** Merging loses exactness only beyond so many pieces: then those closest to each other become one. */
const MOST_INTERVALS = 192
/** Files of a version stand one after the other on one axis, each with room for 16 TiB; positions stay exact integers. */
export const FILE_ROOM = 2 ** 44
const MOST_FILES = 512

/** What became of adding a range. */
export interface Added {
  /** Bytes that were not covered. */
  readonly fresh: number
  /** Whether it ends or begins exactly where something that was covered begins or ends, and is not covered itself. */
  readonly fits: boolean
  /** Whether it begins exactly where something that was covered ends, and is not covered itself. */
  readonly follows: boolean
}

/** Where a range begins on the axis of a version; positions that no vault has are folded onto the last file. */
export function positionOf(file: number | null, start: number | null): number {
  return whole(file, MOST_FILES - 1) * FILE_ROOM + whole(start, FILE_ROOM - 1)
}

/** What is no number at all is the first one. */
function whole(value: number | null, most: number): number {
  return value !== null && value > 0 ? Math.min(most, Math.floor(value)) : 0
}

/**
 * Adds a range to what is covered: `flat` holds begin, end, begin, end, … in ascending order, without overlap or touch, and is changed in place.
 *
 * @param length bytes; finite, not negative
 * @param most pieces that are kept
 */
export function cover(flat: number[], start: number, length: number, most = MOST_INTERVALS): Added {
  if (!(length > 0)) return { fresh: 0, fits: false, follows: false }
  const end = start + length
  // First piece that ends at or after the start.
  let low = 0
  let high = flat.length / 2
  while (low < high) {
    const middle = (low + high) >> 1
    if ((flat[2 * middle + 1] ?? 0) < start) low = middle + 1
    else high = middle
  }
  let begins = start
  let ends = end
  let covered = 0
  let at = low
  let touches = false
  let follows = false
  for (; at < flat.length / 2; at++) {
    const from = flat[2 * at] ?? 0
    const to = flat[2 * at + 1] ?? 0
    if (from > end) break
    if (to === start || from === end) touches = true
    if (to === start) follows = true
    covered += Math.max(0, Math.min(to, end) - Math.max(from, start))
    begins = Math.min(begins, from)
    ends = Math.max(ends, to)
  }
  flat.splice(2 * low, 2 * (at - low), begins, ends)
  if (flat.length > 2 * most) closeSmallestGap(flat)
  return { fresh: length - covered, fits: touches && covered === 0, follows: follows && covered === 0 }
}

function closeSmallestGap(flat: number[]): void {
  let best = 1
  let smallest = Number.POSITIVE_INFINITY
  for (let at = 1; at + 1 < flat.length; at += 2) {
    const gap = (flat[at + 1] ?? 0) - (flat[at] ?? 0)
    if (gap < smallest) {
      smallest = gap
      best = at
    }
  }
  flat.splice(best, 2)
}
