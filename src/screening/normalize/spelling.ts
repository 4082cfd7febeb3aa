import { type MappedText, MappedTextBuilder } from './mapped-text.ts'
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

/** Letters for the digits and symbols inside words; `1` beside an `l` reads as `l`. Same length, same places. */
export function undoLeet(source: MappedText): MappedText {
  const { text } = source
  let result = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? ''
    const letter = LEET[char]
    if (letter === undefined || !touchesWord(text, i)) result += char
    else result += char === '1' && (isL(text[i - 1]) || isL(text[i + 1])) ? 'l' : letter
  }
  return source.withText(result)
}

function isL(char: string | undefined): boolean {
  return char === 'l' || char === 'L'
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
        out.push(0x20, source.originStart((letters[k - 1] ?? at) + 1), source.originEnd(at - 1))
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

/** rot13 of the ASCII letters; same length, same places. */
export function rot13(source: MappedText): MappedText {
  const turned = source.text.replace(/[a-z]/gi, (char) => {
    const unit = char.charCodeAt(0)
    return String.fromCharCode((unit & 0x1f) <= 13 ? unit + 13 : unit - 13)
  })
  return source.withText(turned)
}
