import { type MappedText, MappedTextBuilder } from './mapped-text.ts'
import { EDGE, pairOf, rarity, symbolOf } from './pairs.ts'
import { isLetterOrDigit, MAX_SPACED_GAP, MIN_SPACED_LETTERS } from './scan.ts'

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
  '+': 't',
  '(': 'c',
  '<': 'c',
}

/** What stands alone between words for a word: `4 bomb`, `1 want`. */
const LONE: Readonly<Record<string, string>> = { '1': 'i', '4': 'a', '@': 'a' }

/**
 * Letters for the digits and symbols inside words, and for lone digits that make words. `1` reads as `i` or `l`, whichever
 * is likelier between its neighbours. Same length, same places.
 */
export function undoLeet(source: MappedText): MappedText {
  const { text } = source
  let result = ''
  let previous = EDGE
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? ''
    let letter = LEET[char]
    if (letter === undefined) letter = char
    else if (!touchesWord(text, i)) letter = isBetweenSpaces(text, i) ? (LONE[char] ?? char) : char
    else if (char === '1') letter = likelier(previous, followingLetter(text, i + 1))
    result += letter
    previous = symbolOf(letter.charCodeAt(0))
  }
  return source.withText(result)
}

const I = 8
const L = 11

/** The letter that `1` stands for between two others; twice the same digit is mostly a double `l`. */
function likelier(previous: number, next: number): string {
  const surprise = (letter: number) => (rarity[pairOf(previous, letter)] ?? 0) + (rarity[pairOf(letter, next)] ?? 0)
  return surprise(L) < surprise(I) ? 'l' : 'i'
}

function followingLetter(text: string, at: number): number {
  const char = text[at] ?? ' '
  if (char === '1') return L
  return symbolOf((LEET[char] ?? char).charCodeAt(0))
}

function isBetweenSpaces(text: string, at: number): boolean {
  const before = text[at - 1]
  const after = text[at + 1]
  return (before === undefined || before === ' ') && (after === undefined || after === ' ')
}

function touchesWord(text: string, at: number): boolean {
  return isWordish(text, at - 1) || isWordish(text, at + 1)
}

function isWordish(text: string, at: number): boolean {
  return isLetterOrDigit(text.charCodeAt(at)) || LEET[text[at] ?? ''] !== undefined
}

/**
 * Joins letters that were set apart (`b o m b`, `b.o.m.b`, `b-o-m-b  i-t`). Within a stretch the narrowest gap joins,
 * wider ones become a space between words.
 */
export function joinSpelledOut(source: MappedText): MappedText {
  const { text } = source
  const out = new MappedTextBuilder(text.length)
  const keep = (at: number) => out.push(text.charCodeAt(at), source.originStart(at), source.originEnd(at))
  for (let i = 0; i < text.length; ) {
    const letters = singlesFrom(text, i)
    if (letters.length < MIN_SPACED_LETTERS) {
      const until = letters.length === 0 ? i + 1 : (letters.at(-1) ?? i) + 1
      for (; i < until; i++) keep(i)
      continue
    }
    let narrowest = MAX_SPACED_GAP
    for (let k = 1; k < letters.length; k++) narrowest = Math.min(narrowest, gapBefore(letters, k))
    letters.forEach((at, k) => {
      if (k > 0 && gapBefore(letters, k) > narrowest) {
        out.push(0x20, source.spanStart((letters[k - 1] ?? at) + 1, at), source.spanEnd((letters[k - 1] ?? at) + 1, at))
      }
      keep(at)
    })
    i = (letters.at(-1) ?? i) + 1
  }
  return out.build()
}

function gapBefore(letters: readonly number[], k: number): number {
  return (letters[k] ?? 0) - (letters[k - 1] ?? 0) - 1
}

/** Places of the single characters in a row that start at `at`; empty when `at` is not a lone character. */
function singlesFrom(text: string, at: number): number[] {
  const found: number[] = []
  let i = at
  while (i < text.length && isLone(text, i)) {
    found.push(i)
    let next = i + 1
    while (next < text.length && next - i <= MAX_SPACED_GAP && !isSpellable(text, next)) next += 1
    if (next >= text.length || !isSpellable(text, next)) break
    i = next
  }
  return found
}

function isLone(text: string, at: number): boolean {
  return isSpellable(text, at) && !isSpellable(text, at - 1) && !isSpellable(text, at + 1)
}

function isSpellable(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return isLetterOrDigit(unit) || unit >= 0x80 || unit === 0x40 || unit === 0x24 || unit === 0x21
}
