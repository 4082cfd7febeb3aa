import type { Tried } from './decode-runs.ts'
import type { MappedText, MappedTextBuilder } from './mapped-text.ts'
import { MAX_MORSE_LETTER, MIN_BINARY_BYTES, MIN_MORSE_LETTERS } from './scan.ts'

/** International Morse code (ITU-R M.1677-1): letters, then digits. */
const MORSE: ReadonlyMap<string, string> = new Map(
  (
    '.- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.. ' +
    '----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ..--.. -..-. -....-'
  )
    .split(' ')
    .map((signs, at) => [signs, 'abcdefghijklmnopqrstuvwxyz0123456789.,?/-'[at] ?? ''] as const),
)
const BITS = 8
/** Rows of dots in a table of contents are one letter over and over. */
const MIN_DISTINCT = 4

/**
 * Decodes Morse code at `start`: letters set apart by one white space, words by a slash or more white space. Appends the letters and returns
 * where they ended, or 0 when there are too few. Each letter takes at least one mark and one space, so nothing grows.
 */
export function decodeMorseAt(source: MappedText, start: number, out: MappedTextBuilder, tried: Tried): number {
  const { text } = source
  const letters: { readonly char: string; readonly from: number; readonly to: number }[] = []
  let count = 0
  let at = start
  let end = start
  while (at < text.length) {
    let stop = at
    while (stop - at <= MAX_MORSE_LETTER && isMark(text.charCodeAt(stop))) stop += 1
    const char = MORSE.get(text.slice(at, stop))
    if (char === undefined) break
    letters.push({ char, from: at, to: stop })
    count += 1
    end = stop
    at = stop
    while (at < text.length && isGap(text.charCodeAt(at))) at += 1
    if (at === stop) break
    if (at - stop > 1 && isMark(text.charCodeAt(at))) letters.push({ char: ' ', from: stop, to: at })
  }
  tried.morse = Math.max(end, start + 1)
  const distinct = new Set(letters.map(({ char }) => char)).size
  if (count < MIN_MORSE_LETTERS || distinct < MIN_DISTINCT || isMark(text.charCodeAt(end))) return 0
  for (const { char, from, to } of letters) out.pushText(char, source.spanStart(from, to), source.spanEnd(from, to))
  return end
}

function isMark(unit: number): boolean {
  return unit === 0x2e || unit === 0x2d
}

function isGap(unit: number): boolean {
  return unit === 0x20 || unit === 0x2f || unit === 0x0a || unit === 0x0d || unit === 0x09
}

/** Decodes bytes written as eight binary digits each, with or without one separator between them. */
export function decodeBinaryAt(source: MappedText, start: number, out: MappedTextBuilder, tried: Tried): number {
  const { text } = source
  const bytes: { readonly value: number; readonly from: number }[] = []
  let at = start
  let end = start
  while (isByte(text, at)) {
    bytes.push({ value: Number.parseInt(text.slice(at, at + BITS), 2), from: at })
    end = at + BITS
    at = isBit(text.charCodeAt(end)) ? end : end + 1
  }
  tried.binary = Math.max(end, start + 1)
  if (bytes.length < MIN_BINARY_BYTES || bytes.some(({ value }) => !isReadable(value))) return 0
  for (const { value, from } of bytes)
    out.push(value, source.spanStart(from, from + BITS), source.spanEnd(from, from + BITS))
  return end
}

function isByte(text: string, at: number): boolean {
  for (let i = at; i < at + BITS; i++) if (!isBit(text.charCodeAt(i))) return false
  return true
}

function isBit(unit: number): boolean {
  return unit === 0x30 || unit === 0x31
}

function isReadable(value: number): boolean {
  return (value >= 0x20 && value < 0x7f) || value === 0x09 || value === 0x0a || value === 0x0d
}
