import {
  BLOCK_WORDS,
  gramRows,
  hashWord,
  LONG_BLOCKS,
  MAX_GRAMS_PER_WORD,
  MAX_WORD,
  pairRow,
  ROWS,
  windowNorm,
  windowsOf,
  wordRow,
  wordUnits,
} from '../../src/screening/classifiers/linear/features.ts'
import { COLUMNS } from '../../src/screening/classifiers/linear/weights.ts'
import { type Row, TRAINED, UNKNOWN } from './rows.ts'

/** Longer texts are learned from their beginning. */
const MAX_WORDS = 480
/** Windows of a text looked at per step; the strongest one learns. */
const MAX_WINDOWS = 8
/** Pairs seen less often in the training set teach only their text. */
const MIN_PAIR_COUNT = 3

/** Words of all texts, each with its feature rows, so that features are computed once. */
export class Lexicon {
  readonly #ids = new Map<string, number>()
  readonly hashes: number[] = []
  readonly #rows: Int32Array[] = []

  /** Word ids of a text, at most MAX_WORDS. */
  read(text: string, limit = MAX_WORDS): Int32Array {
    const lower = text.toLowerCase()
    const ids: number[] = []
    for (let i = 0; i < lower.length && ids.length < limit; ) {
      if (wordUnits[lower.charCodeAt(i)] === 0) {
        i += 1
        continue
      }
      const start = i
      const end = Math.min(lower.length, start + MAX_WORD)
      while (i < end && wordUnits[lower.charCodeAt(i)] === 1) i += 1
      ids.push(this.#id(lower.slice(start, i)))
    }
    return Int32Array.from(ids)
  }

  rowsOf(id: number): Int32Array {
    return this.#rows[id] ?? new Int32Array(0)
  }

  #id(word: string): number {
    const known = this.#ids.get(word)
    if (known !== undefined) return known
    const hash = hashWord(word, 0, word.length)
    const grams = new Int32Array(MAX_GRAMS_PER_WORD)
    const count = gramRows(word, 0, word.length, grams)
    const rows = new Int32Array(count + 1)
    rows[0] = wordRow(hash)
    rows.set(grams.subarray(0, count), 1)
    const id = this.hashes.length
    this.#ids.set(word, id)
    this.hashes.push(hash)
    this.#rows.push(rows)
    return id
  }
}

export interface Example {
  readonly row: Row
  readonly words: Int32Array
}

export interface TrainingOptions {
  readonly epochs: number
  readonly seed: number
  readonly learningRate: number
  readonly decay: number
  /** Called with the fraction done. */
  readonly onProgress?: (done: number) => void
}

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A linear model per column, trained with Adagrad on the strongest window of each text (multiple-instance learning). */
export class LinearModel {
  readonly table = new Float32Array(ROWS * COLUMNS)
  readonly biases = new Float64Array(COLUMNS)
  readonly #lexicon: Lexicon
  readonly #sums = new Float64Array(MAX_WINDOWS * COLUMNS)
  readonly #rows = new Int32Array(LONG_BLOCKS * BLOCK_WORDS * (MAX_GRAMS_PER_WORD + 3))
  readonly #pairCounts: Uint8Array
  readonly #squares = new Float32Array(ROWS * COLUMNS)
  readonly #biasSquares = new Float64Array(COLUMNS)

  constructor(lexicon: Lexicon, pairCounts: Uint8Array) {
    this.#lexicon = lexicon
    this.#pairCounts = pairCounts
  }

  train(examples: readonly Example[], options: TrainingOptions): void {
    const random = seeded(options.seed)
    const order = Int32Array.from(examples.keys())
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      shuffle(order, random)
      const rate = options.learningRate * (1 - (0.8 * epoch) / options.epochs)
      for (let k = 0; k < order.length; k++) {
        const example = examples[order[k] ?? 0]
        if (example) this.#learn(example, rate, options.decay, random)
        if (k % 2000 === 0) options.onProgress?.((epoch + k / order.length) / options.epochs)
      }
    }
    options.onProgress?.(1)
  }

  #learn({ row, words }: Example, rate: number, decay: number, random: () => number): void {
    let windows = windowsOf(words.length)
    if (windows.length === 0 || row.weight === 0) return
    if (windows.length > MAX_WINDOWS) windows = sample(windows, MAX_WINDOWS, random)
    windows.forEach((window, w) => {
      this.#sum(words, window.start, window.end, this.#sums, w * COLUMNS)
    })
    const gradients = windows.map(() => new Float64Array(TRAINED))
    let active = 0
    for (let c = 0; c < TRAINED; c++) {
      const target = (row.soft ?? row.targets)[c] ?? UNKNOWN
      if (target === UNKNOWN) continue
      let best = 0
      let bestScore = Number.NEGATIVE_INFINITY
      windows.forEach(({ start, end }, w) => {
        const score = (this.#sums[w * COLUMNS + c] ?? 0) * windowNorm(end - start)
        if (score > bestScore) {
          bestScore = score
          best = w
        }
      })
      const p = 1 / (1 + Math.exp(-(bestScore + (this.biases[c] ?? 0))))
      const gradient = (p - target) * row.weight * (row.trust[c] ?? 1)
      if (Math.abs(gradient) < 1e-3) continue
      const column = gradients[best]
      if (column) column[c] = gradient
      active += 1
      const squares = (this.#biasSquares[c] ?? 0) + gradient * gradient
      this.#biasSquares[c] = squares
      this.biases[c] = (this.biases[c] ?? 0) - (0.2 * rate * gradient) / Math.sqrt(squares + 1)
    }
    if (active === 0) return
    windows.forEach(({ start, end }, w) => {
      const gradient = gradients[w]
      if (gradient?.some((g) => g !== 0)) this.#update(words, start, end, gradient, rate, decay)
    })
  }

  #update(words: Int32Array, start: number, end: number, gradient: Float64Array, rate: number, decay: number): void {
    const norm = windowNorm(end - start)
    const columns = Int32Array.from([...gradient.keys()].filter((c) => gradient[c] !== 0))
    const { table } = this
    const squares = this.#squares
    const rows = this.#rows
    const count = this.#rowsOf(words, start, end, true)
    for (let r = 0; r < count; r++) {
      const base = (rows[r] ?? 0) * COLUMNS
      for (let k = 0; k < columns.length; k++) {
        const c = columns[k] ?? 0
        const at = base + c
        const weight = table[at] ?? 0
        const g = (gradient[c] ?? 0) * norm + decay * weight
        const sum = (squares[at] ?? 0) + g * g
        squares[at] = sum
        table[at] = weight - (rate * g) / Math.sqrt(sum + 1e-4)
      }
    }
  }

  #sum(words: Int32Array, start: number, end: number, into: Float64Array, at: number): void {
    into.fill(0, at, at + COLUMNS)
    const { table } = this
    const rows = this.#rows
    const count = this.#rowsOf(words, start, end, false)
    for (let r = 0; r < count; r++) {
      const base = (rows[r] ?? 0) * COLUMNS
      for (let c = 0; c < TRAINED; c++) into[at + c] = (into[at + c] ?? 0) + (table[base + c] ?? 0)
    }
  }

  /** Writes the feature rows of a window to `#rows` and returns how many; rare pairs are left out when `learning`. */
  #rowsOf(words: Int32Array, start: number, end: number, learning: boolean): number {
    const { hashes } = this.#lexicon
    let count = 0
    for (let i = start; i < end; i++) {
      const id = words[i] ?? 0
      const own = this.#lexicon.rowsOf(id)
      this.#rows.set(own, count)
      count += own.length
      const hash = hashes[id] ?? 0
      for (let distance = 1; distance <= 2 && distance <= i; distance++) {
        const earlier = hashes[words[i - distance] ?? 0] ?? 0
        if (learning && (this.#pairCounts[pairSlot(earlier, hash, distance)] ?? 0) < MIN_PAIR_COUNT) continue
        this.#rows[count++] = pairRow(earlier, hash, distance)
      }
    }
    return count
  }

  /** Strongest raw score per trained column over all windows of a text. */
  score(words: Int32Array): Float64Array {
    const best = new Float64Array(TRAINED).fill(Number.NEGATIVE_INFINITY)
    const sums = new Float64Array(COLUMNS)
    for (const { start, end } of windowsOf(words.length)) {
      this.#sum(words, start, end, sums, 0)
      const norm = windowNorm(end - start)
      for (let c = 0; c < TRAINED; c++) {
        best[c] = Math.max(best[c] ?? 0, (sums[c] ?? 0) * norm + (this.biases[c] ?? 0))
      }
    }
    return best
  }
}

const PAIR_SLOTS = 1 << 22

function pairSlot(earlier: number, hash: number, distance: number): number {
  return (Math.imul(earlier ^ (distance * 0x51ed27), 0x85ebca6b) + Math.imul(hash, 0xc2b2ae35)) & (PAIR_SLOTS - 1)
}

/** How many texts hold each pair of words, saturating at 255. */
export function countPairs(texts: readonly Int32Array[], lexicon: Lexicon): Uint8Array {
  const counts = new Uint8Array(PAIR_SLOTS)
  const { hashes } = lexicon
  for (const words of texts) {
    const seen = new Set<number>()
    for (let i = 1; i < words.length; i++) {
      const hash = hashes[words[i] ?? 0] ?? 0
      seen.add(pairSlot(hashes[words[i - 1] ?? 0] ?? 0, hash, 1))
      if (i > 1) seen.add(pairSlot(hashes[words[i - 2] ?? 0] ?? 0, hash, 2))
    }
    for (const slot of seen) counts[slot] = Math.min(255, (counts[slot] ?? 0) + 1)
  }
  return counts
}

function shuffle(order: Int32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const held = order[i] ?? 0
    order[i] = order[j] ?? 0
    order[j] = held
  }
}

function sample<T>(items: readonly T[], count: number, random: () => number): T[] {
  const step = items.length / count
  return Array.from({ length: count }, (_, k) => items[Math.floor((k + random()) * step)]).filter(
    (x) => x !== undefined,
  )
}
