import { type RefusalSigns, refusalSigns, STEPS } from './refusal.ts'

/** Hashed words of where an answer begins, goes on and ends; then the dense features. Training and judging share them. */
export const HASHED = 1 << 15
export const DENSE = [
  'refuses',
  'sorry',
  'affirms',
  'goesOn',
  'refusesOnly',
  'sorryOnly',
  'length',
  'steps',
  'short',
] as const
export const WIDTH = HASHED + DENSE.length

const OPENING_WORDS = 40
const CLOSING_WORDS = 24
/** Beyond this an answer isn't read: bounded work. */
const MAX_WORDS = 1_200
const MAX_WORD = 24
const MAX_CHARS = 16_384
const WORDS = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)?|[!?#*]/gu
/** Scripts without spaces give their letters one by one. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u

export interface Features {
  /** Indices of hashed features, each once, with their weight. */
  readonly hashed: ReadonlyMap<number, number>
  readonly dense: Float64Array
}

/** What the model sees of an answer. */
export function featuresOf(answer: string): Features {
  const text = answer.slice(0, MAX_CHARS).normalize('NFKC').toLowerCase().replaceAll('’', "'")
  const words = wordsOf(text)
  const hashed = new Map<number, number>()
  addPart(hashed, words.slice(0, OPENING_WORDS), 0x51)
  addPart(hashed, words.slice(OPENING_WORDS), 0x3d)
  if (words.length > OPENING_WORDS) addPart(hashed, words.slice(-CLOSING_WORDS), 0x17)
  return { hashed, dense: denseOf(text, words.length, refusalSigns(answer)) }
}

function denseOf(text: string, words: number, signs: RefusalSigns): Float64Array {
  const steps = text.match(STEPS)?.length ?? 0
  return Float64Array.of(
    Number(signs.refuses),
    Number(signs.sorry),
    Number(signs.affirms),
    Number(signs.goesOn),
    Number(signs.refuses && !signs.goesOn),
    Number(signs.sorry && !signs.refuses),
    Math.log1p(words) / 5,
    Math.min(1, steps / 8),
    Number(words < 60),
  )
}

function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [word] of text.matchAll(WORDS)) {
    if (words.length >= MAX_WORDS) break
    if (UNSPACED.test(word)) words.push(...word.slice(0, MAX_WORD))
    else words.push(word.slice(0, MAX_WORD))
  }
  return words
}

/** Words, pairs and triples of a part, each weighed so that a long part doesn't shout. */
function addPart(hashed: Map<number, number>, words: readonly string[], part: number): void {
  const weight = 1 / Math.sqrt(words.length + 4)
  const hashes = words.map((word) => hashOf(word, part))
  for (const [at, hash] of hashes.entries()) {
    add(hashed, hash, weight)
    const before = hashes[at - 1]
    const earlier = hashes[at - 2]
    if (before === undefined) continue
    add(hashed, finish(Math.imul(before, 0x9e3779b1) + hash), weight)
    if (earlier !== undefined)
      add(hashed, finish(Math.imul(Math.imul(earlier, 0x85ebca6b) + before, 0x9e3779b1) + hash), weight)
  }
}

function add(hashed: Map<number, number>, hash: number, weight: number): void {
  const index = hash & (HASHED - 1)
  hashed.set(index, (hashed.get(index) ?? 0) + weight)
}

/** FNV-1a over UTF-16 units, finished. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(word: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193)
  return finish(hash)
}

function finish(hash: number): number {
  let mixed = hash
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}
