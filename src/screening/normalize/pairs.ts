import { LETTER_PAIRS } from './letters.ts'

/** Letters a to z, and the edge of a word as one more. */
export const SYMBOLS = 27
export const EDGE = 26
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** English text has 14 per pair on average, text under another alphabet 23 to 27 (in thirds of a bit). */
const ODD_FROM = 18
const MOST_EVIDENCE = 20

/** How rare a pair is in English, in thirds of a bit; two edges say nothing. */
export const rarity = new Uint8Array(SYMBOLS * SYMBOLS)
/** Evidence per pair that the letters stand for others: negative for ordinary English. */
export const strangeness = new Int8Array(SYMBOLS * SYMBOLS)
/** Evidence per pair that the text runs backwards: negative for ordinary English. */
export const backwardness = new Int8Array(SYMBOLS * SYMBOLS)

LETTER_PAIRS.forEach((row, first) => {
  for (let second = 0; second < SYMBOLS; second++) {
    rarity[first * SYMBOLS + second] = DIGITS.indexOf(row[second] ?? '0')
  }
})
for (let first = 0; first < SYMBOLS; first++) {
  for (let second = 0; second < SYMBOLS; second++) {
    if (first === EDGE && second === EDGE) continue
    const at = pairOf(first, second)
    const forwards = rarity[at] ?? 0
    strangeness[at] = Math.min(MOST_EVIDENCE, forwards - ODD_FROM)
    backwardness[at] = Math.min(MOST_EVIDENCE, forwards - (rarity[pairOf(second, first)] ?? 0) - 1)
  }
}

/** 0 to 25 for an ASCII letter of either case, EDGE for any other ASCII character. */
export const symbols = new Uint8Array(128).fill(EDGE)
for (let i = 0; i < EDGE; i++) {
  symbols[0x41 + i] = i
  symbols[0x61 + i] = i
}

/** 0 to 25 for an ASCII letter of either case, EDGE for anything else. */
export function symbolOf(unit: number): number {
  return unit < 0x80 ? (symbols[unit] ?? EDGE) : EDGE
}

export function pairOf(first: number, second: number): number {
  return first * SYMBOLS + second
}
