/** A run of leaves, `start` inclusive, `end` exclusive. */
export interface LeafRange {
  readonly start: number
  readonly end: number
}

/** A perfect subtree: it spans leaves `index * 2^level` to `(index + 1) * 2^level`. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** Largest power of two that is smaller than `n`, for n >= 2. Division, not shifts: sizes pass 2^31. */
function splitPoint(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/**
 * The compact range of [start, end): its perfect subtrees from left to right, at most 2 for each level.
 *
 * @param start, end As RFC 6962 cuts trees: `start` is a multiple of the largest power of two within the range.
 */
export function compactRange(start: number, end: number): Subtree[] {
  const subtrees: Subtree[] = []
  let at = start
  while (at < end) {
    let level = 0
    let width = 1
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2
      level++
    }
    subtrees.push({ level, index: at / width })
    at += width
  }
  return subtrees
}

/** The sibling ranges of an inclusion proof, from the leaf to the root (RFC 6962 §2.1.1, PATH). */
export function inclusionRanges(position: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const middle = start + splitPoint(end - start)
    if (position < middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  return ranges.reverse()
}

/** The ranges of a consistency proof between sizes 0 < `from` <= `to` (RFC 6962 §2.1.2, SUBPROOF). */
export function consistencyRanges(from: number, to: number): LeafRange[] {
  const ranges: LeafRange[] = []
  let start = 0
  let end = to
  while (from < end) {
    const middle = start + splitPoint(end - start)
    if (from <= middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  // The old root itself is known to whoever checks, so it is left out where it stands whole in the new tree.
  if (start > 0) ranges.push({ start, end })
  return ranges.reverse()
}
