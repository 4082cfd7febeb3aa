import {
  BLOCK_WORDS,
  gramRows,
  hashWord,
  LONG_BLOCKS,
  MAX_GRAMS_PER_WORD,
  MAX_WORD,
  pairRow,
  ROWS,
  SHORT_BLOCKS,
  windowNorm,
  wordRow,
  wordUnits,
} from './features.ts'
import { COLUMNS, type Weights } from './weights.ts'

const CACHE_SLOTS = 1 << 13
/** Past the end of the table: adds nothing. */
const NO_ROW = ROWS * COLUMNS

const NO_LOGITS = Array.from({ length: COLUMNS }, () => Number.NEGATIVE_INFINITY)
const NO_PLACES = Array.from({ length: COLUMNS }, () => 0)

/** The strongest window per column of one text. */
export interface WindowScores {
  /** Raw scores (log odds before calibration) per column; -Infinity when the text has no words. */
  readonly logits: number[]
  /** Where that window stands, in characters [start, end) of the judged text. */
  readonly starts: number[]
  readonly ends: number[]
}

/** Plain arrays: at this length they cost a tenth of what typed ones do to make, and every segment needs its own. */
export function emptyScores(): WindowScores {
  return { logits: [...NO_LOGITS], starts: [...NO_PLACES], ends: [...NO_PLACES] }
}

/**
 * Sums int8 weight rows over sliding windows of words. A word's own rows (itself and its n-grams) depend on nothing
 * else, so their sum is kept in a direct-mapped cache; a slot is used only when every character agrees.
 */
export class WindowJudge {
  readonly #weights: Weights
  readonly #cacheSums = new Int16Array(CACHE_SLOTS * COLUMNS)
  readonly #cacheUnits = new Uint16Array(CACHE_SLOTS * MAX_WORD)
  readonly #cacheLengths = new Uint8Array(CACHE_SLOTS)
  readonly #grams = new Int32Array(MAX_GRAMS_PER_WORD)
  readonly #blocks = new Int32Array(LONG_BLOCKS * COLUMNS)
  readonly #sums = new Int32Array(COLUMNS)
  readonly #blockStarts = new Int32Array(LONG_BLOCKS)
  readonly #blockWords = new Int32Array(LONG_BLOCKS)

  constructor(weights: Weights) {
    this.#weights = weights
  }

  /** Raises `into` to the strongest windows of a lower-cased text; linear in its length, no allocation per word. */
  judge(text: string, into: WindowScores): void {
    const { table } = this.#weights
    const sums = this.#cacheSums
    const blocks = this.#blocks
    let earlier = 0
    let latest = 0
    let words = 0
    let block = 0
    let end = 0
    this.#clear()
    for (let i = 0; i < text.length; ) {
      if (wordUnits[text.charCodeAt(i)] === 0) {
        i += 1
        continue
      }
      const start = i
      const limit = Math.min(text.length, start + MAX_WORD)
      while (i < limit && wordUnits[text.charCodeAt(i)] === 1) i += 1
      const base = block * COLUMNS
      if (this.#blockWords[block] === 0) this.#blockStarts[block] = start
      const hash = hashWord(text, start, i)
      const slot = this.#wordSums(text, start, i, hash) * COLUMNS
      if (words > 1) {
        const near = pairRow(latest, hash, 1) * COLUMNS
        const far = pairRow(earlier, hash, 2) * COLUMNS
        for (let c = 0; c < COLUMNS; c++) {
          const pairs = (table[near + c] ?? 0) + (table[far + c] ?? 0)
          blocks[base + c] = (blocks[base + c] ?? 0) + (sums[slot + c] ?? 0) + pairs
        }
      } else {
        const near = words === 1 ? pairRow(latest, hash, 1) * COLUMNS : NO_ROW
        for (let c = 0; c < COLUMNS; c++) {
          blocks[base + c] = (blocks[base + c] ?? 0) + (sums[slot + c] ?? 0) + (table[near + c] ?? 0)
        }
      }
      earlier = latest
      latest = hash
      words += 1
      end = i
      this.#blockWords[block] = (this.#blockWords[block] ?? 0) + 1
      if (this.#blockWords[block] !== BLOCK_WORDS) continue
      if (words >= BLOCK_WORDS * SHORT_BLOCKS) this.#score(block, SHORT_BLOCKS, end, into)
      if (words >= BLOCK_WORDS * LONG_BLOCKS) this.#score(block, LONG_BLOCKS, end, into)
      block = (block + 1) % LONG_BLOCKS
      this.#blockWords[block] = 0
      blocks.fill(0, block * COLUMNS, (block + 1) * COLUMNS)
    }
    this.#scoreRest(words, block, end, into)
  }

  /** The end of a text that does not fill its last block, and texts shorter than a long window. */
  #scoreRest(words: number, block: number, end: number, into: WindowScores): void {
    const rest = words % BLOCK_WORDS
    const last = rest > 0 ? block : (block + LONG_BLOCKS - 1) % LONG_BLOCKS
    if (words > 0 && words < BLOCK_WORDS * LONG_BLOCKS) this.#score(last, Math.ceil(words / BLOCK_WORDS), end, into)
    if (rest === 0) return
    if (words > BLOCK_WORDS * SHORT_BLOCKS) this.#score(block, SHORT_BLOCKS, end, into)
    if (words > BLOCK_WORDS * LONG_BLOCKS) this.#score(block, LONG_BLOCKS, end, into)
  }

  #clear(): void {
    this.#blocks.fill(0)
    this.#blockWords.fill(0)
  }

  /** Scores the window of the `count` blocks that end with block `last`. */
  #score(last: number, count: number, end: number, into: WindowScores): void {
    const { scales, biases } = this.#weights
    const blocks = this.#blocks
    const sums = this.#sums
    sums.fill(0)
    let words = 0
    let at = last
    for (let k = 0; k < count; k++) {
      at = (last - k + LONG_BLOCKS) % LONG_BLOCKS
      words += this.#blockWords[at] ?? 0
      const base = at * COLUMNS
      for (let c = 0; c < COLUMNS; c++) sums[c] = (sums[c] ?? 0) + (blocks[base + c] ?? 0)
    }
    const norm = windowNorm(words)
    const start = this.#blockStarts[at] ?? 0
    for (let c = 0; c < COLUMNS; c++) {
      const logit = (sums[c] ?? 0) * (scales[c] ?? 0) * norm + (biases[c] ?? 0)
      if (logit <= (into.logits[c] ?? 0)) continue
      into.logits[c] = logit
      into.starts[c] = start
      into.ends[c] = end
    }
  }

  /** Slot that holds the sum of the word's own rows, filled when another word held it. */
  #wordSums(text: string, start: number, end: number, hash: number): number {
    const slot = (hash >>> 15) & (CACHE_SLOTS - 1)
    const length = end - start
    const units = slot * MAX_WORD
    if (this.#cacheLengths[slot] === length) {
      let k = 0
      while (k < length && this.#cacheUnits[units + k] === text.charCodeAt(start + k)) k += 1
      if (k === length) return slot
    }
    const { table } = this.#weights
    const base = slot * COLUMNS
    const sums = this.#cacheSums
    const own = wordRow(hash) * COLUMNS
    for (let c = 0; c < COLUMNS; c++) sums[base + c] = table[own + c] ?? 0
    const count = gramRows(text, start, end, this.#grams)
    for (let g = 0; g < count; g++) {
      const row = (this.#grams[g] ?? 0) * COLUMNS
      for (let c = 0; c < COLUMNS; c++) sums[base + c] = (sums[base + c] ?? 0) + (table[row + c] ?? 0)
    }
    this.#cacheLengths[slot] = length
    for (let k = 0; k < length; k++) this.#cacheUnits[units + k] = text.charCodeAt(start + k)
    return slot
  }

  /**
   * What each word adds to `column`, with its pairs, before the norm: for explanations.
   *
   * @returns words in order with their place and weight
   */
  contributions(text: string, column: number): { start: number; end: number; weight: number }[] {
    const { table, scales } = this.#weights
    const found: { start: number; end: number; weight: number; hash: number }[] = []
    for (let i = 0; i < text.length; ) {
      if (wordUnits[text.charCodeAt(i)] === 0) {
        i += 1
        continue
      }
      const start = i
      const limit = Math.min(text.length, start + MAX_WORD)
      while (i < limit && wordUnits[text.charCodeAt(i)] === 1) i += 1
      const hash = hashWord(text, start, i)
      let weight = this.#cacheSums[this.#wordSums(text, start, i, hash) * COLUMNS + column] ?? 0
      for (const distance of [1, 2]) {
        const partner = found.at(-distance)
        if (partner === undefined) continue
        const pair = table[pairRow(partner.hash, hash, distance) * COLUMNS + column] ?? 0
        weight += pair / 2
        partner.weight += (pair / 2) * (scales[column] ?? 0)
      }
      found.push({ start, end: i, weight: weight * (scales[column] ?? 0), hash })
    }
    return found.map(({ start, end, weight }) => ({ start, end, weight }))
  }
}
