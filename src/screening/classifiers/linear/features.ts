/**
 * The features of the linear screen, shared by training and judging, so that both see the same numbers.
 *
 * A text is a row of words. Each word gives itself and its character 3- to 5-grams (with word boundaries); each word
 * and the one before it, and the one before that, give an ordered pair. Every feature is a row of the weight table.
 */

/** Words longer than this many UTF-16 units are read in pieces, so that no input makes a long n-gram loop. */
export const MAX_WORD = 24
const WORD_ROWS = 1 << 15
const PAIR_ROWS = 1 << 16
const GRAM_ROWS = 1 << 16
const PAIR_BASE = WORD_ROWS
const GRAM_BASE = WORD_ROWS + PAIR_ROWS
export const ROWS = WORD_ROWS + PAIR_ROWS + GRAM_ROWS

/** Words are grouped in blocks; windows are this many blocks, and slide by one. */
export const BLOCK_WORDS = 8
/** Long windows see the whole of an ordinary request… */
export const LONG_BLOCKS = 5
/** …short ones a request that is buried in other text. */
export const SHORT_BLOCKS = 2

/**
 * The windows [start, end) in words of a text of `words` words. A text that fits a long window is one; besides, short
 * windows end at every block from the second on, and at the end of the text.
 */
export function windowsOf(words: number): { start: number; end: number }[] {
  const windows: { start: number; end: number }[] = []
  if (words > 0 && words < BLOCK_WORDS * LONG_BLOCKS) windows.push({ start: 0, end: words })
  for (const blocks of [SHORT_BLOCKS, LONG_BLOCKS]) {
    const full = blocks * BLOCK_WORDS
    for (let end = full; end <= words; end += BLOCK_WORDS) windows.push({ start: end - full, end })
    const rest = words % BLOCK_WORDS
    if (rest > 0 && words > full) windows.push({ start: words - rest - full + BLOCK_WORDS, end: words })
  }
  return windows
}
export const MIN_GRAM = 3
export const MAX_GRAM = 5
/** Stands for the edge of a word in its n-grams. */
const EDGE = 0x20

const FNV_OFFSET = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/** 1 for each UTF-16 unit that is part of a word: letters, marks, digits, and halves of surrogate pairs. */
export const wordUnits = buildWordUnits()

function buildWordUnits(): Uint8Array {
  const table = new Uint8Array(0x10000)
  const pattern = /[\p{L}\p{N}\p{M}]/u
  for (let unit = 0; unit < 0x10000; unit++) {
    const surrogate = unit >= 0xd800 && unit <= 0xdfff
    if (surrogate || pattern.test(String.fromCharCode(unit))) table[unit] = 1
  }
  return table
}

function finish(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return h ^ (h >>> 16)
}

/** 32-bit hash of the word that stands at [start, end). */
export function hashWord(text: string, start: number, end: number): number {
  let h = FNV_OFFSET
  for (let i = start; i < end; i++) h = Math.imul(h ^ text.charCodeAt(i), FNV_PRIME)
  return finish(h)
}

export function wordRow(hash: number): number {
  return hash & (WORD_ROWS - 1)
}

/** Row of the pair of a word with the one `distance` (1 or 2) before it. */
export function pairRow(earlier: number, hash: number, distance: number): number {
  return PAIR_BASE + (finish(Math.imul(earlier, 0x9e3779b1) + hash + distance) & (PAIR_ROWS - 1))
}

/** Most n-grams that a word of MAX_WORD units has. */
export const MAX_GRAMS_PER_WORD = (MAX_WORD + 2) * (MAX_GRAM - MIN_GRAM + 1)

/** Writes the rows of the word's n-grams to `rows` and returns how many there are. */
export function gramRows(text: string, start: number, end: number, rows: Int32Array): number {
  let count = 0
  for (let first = start - 1; first < end; first++) {
    let h = FNV_OFFSET
    const last = Math.min(first + MAX_GRAM, end + 1)
    for (let i = first; i < last; i++) {
      h = Math.imul(h ^ (i < start || i >= end ? EDGE : text.charCodeAt(i)), FNV_PRIME)
      if (i - first + 1 >= MIN_GRAM) rows[count++] = GRAM_BASE + (finish(h) & (GRAM_ROWS - 1))
    }
  }
  return count
}

/** A window's sum is divided by this, so that a few telling words are not drowned and long windows don't shout. */
export function windowNorm(words: number): number {
  return 1 / Math.sqrt(words + 2)
}
