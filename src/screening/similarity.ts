import { hash, hkdfSync } from 'node:crypto'
import { normalize } from './normalize/normalize.ts'

/** Signatures of this many numbers estimate a similarity to about ±0.04 (one standard deviation at 0.5: √(s(1−s)/128)). */
export const PERMUTATIONS = 128
const SHINGLE_CHARS = 5
/** What is read of a text: more would make a long one slow and tell no more. */
const MAX_CHARS = 16_384
const NUMBER_BYTES = 4

/**
 * What a text is like, without what it says: keyed MinHash (Broder 1997) over its runs of five characters. Every disguise that screening undoes is
 * undone first, so that the same attack in base64 or in another alphabet looks alike. Without the key nobody can test a guess against one.
 */
export class Similarity {
  readonly #key: string
  readonly #multipliers: Uint32Array
  readonly #offsets: Uint32Array

  /** @param key 32 bytes, of this installation alone: signatures of two installations can't be compared */
  constructor(key: Uint8Array) {
    const derive = (info: string, bytes: number) =>
      Buffer.from(hkdfSync('sha256', key, '', `safelevel.similarity/1 ${info}`, bytes))
    this.#key = derive('shingles', 32).toString('hex')
    this.#multipliers = numbersOf(derive('multipliers', PERMUTATIONS * NUMBER_BYTES)).map((one) => one | 1)
    this.#offsets = numbersOf(derive('offsets', PERMUTATIONS * NUMBER_BYTES))
  }

  /** @returns base64 of 512 bytes; null for a text too short to be like anything */
  signatureOf(text: string): string | null {
    const shingles = shinglesOf(text)
    if (shingles.size === 0) return null
    const least = new Uint32Array(PERMUTATIONS).fill(0xffffffff)
    for (const shingle of shingles) {
      // Cut to 32 bits, so that nothing can be appended to it: a plain hash behind the key will do, and takes a fraction of an HMAC's time.
      const drawn = hash('sha256', this.#key + shingle, 'buffer').readUInt32LE(0)
      for (let i = 0; i < PERMUTATIONS; i++) {
        const permuted = mixed(Math.imul(drawn ^ (this.#offsets[i] ?? 0), this.#multipliers[i] ?? 1))
        if (permuted < (least[i] ?? 0)) least[i] = permuted
      }
    }
    const bytes = Buffer.alloc(PERMUTATIONS * NUMBER_BYTES)
    for (const [i, one] of least.entries()) bytes.writeUInt32LE(one, i * NUMBER_BYTES)
    return bytes.toString('base64')
  }
}

/** The numbers of a stored signature; null for what is none. */
export function readSignature(signature: string): Uint32Array | null {
  const bytes = Buffer.from(signature, 'base64')
  return bytes.length === PERMUTATIONS * NUMBER_BYTES ? numbersOf(bytes) : null
}

/** Estimate of the Jaccard similarity of two texts, in [0, 1]: the share of places in which their signatures agree. */
export function likeness(a: Uint32Array, b: Uint32Array): number {
  let same = 0
  for (let i = 0; i < PERMUTATIONS; i++) if (a[i] === b[i]) same++
  return same / PERMUTATIONS
}

export interface Near {
  readonly id: string
  /** In [0, 1]. */
  readonly likeness: number
}

/** The most alike, the most alike first; a scan of all, which the caller bounds. */
export function nearest(
  to: Uint32Array,
  among: Iterable<readonly [id: string, signature: Uint32Array]>,
  { threshold, most }: { readonly threshold: number; readonly most: number },
): Near[] {
  const found: Near[] = []
  for (const [id, signature] of among) {
    const alike = likeness(to, signature)
    if (alike >= threshold) found.push({ id, likeness: alike })
  }
  return found.sort((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1)).slice(0, most)
}

/** Runs of characters of the text as it is meant: the last of its readings, where nothing is disguised any more. */
function shinglesOf(text: string): Set<string> {
  const readings = normalize(text.slice(0, MAX_CHARS))
  const plain = (readings.at(-1)?.content.text ?? '')
    .slice(0, MAX_CHARS)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  const shingles = new Set<string>()
  for (let i = 0; i + SHINGLE_CHARS <= plain.length; i++) shingles.add(plain.slice(i, i + SHINGLE_CHARS))
  return shingles
}

/** Spreads 32 bits (the finaliser of MurmurHash3), so that multiples of one number don't keep its order. */
function mixed(value: number): number {
  let one = value >>> 0
  one = Math.imul(one ^ (one >>> 16), 0x85ebca6b)
  one = Math.imul(one ^ (one >>> 13), 0xc2b2ae35)
  return (one ^ (one >>> 16)) >>> 0
}

function numbersOf(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / NUMBER_BYTES }, (_, i) => bytes.readUInt32LE(i * NUMBER_BYTES))
}
