import { foldCodePoint } from './fold.ts'
import { backwardness, EDGE, SYMBOLS, strangeness, symbols } from './pairs.ts'

/** What one pass over a text found worth undoing; plain text finds nothing. */
export interface Suspicions {
  /** Characters that fold to something else. */
  readonly unicode: boolean
  /** Runs that may be base64, hexadecimal, binary or Morse code, percent or backslash escapes, character references. */
  readonly encoded: boolean
  /** Digits or symbols inside words. */
  readonly leet: boolean
  /** Single letters in a row, separated. */
  readonly spaced: boolean
  /** A stretch whose letters follow each other as in no English: they may stand for others. */
  readonly shifted: boolean
  /** A stretch whose letters follow each other as in English read backwards. */
  readonly reversed: boolean
}

const LETTER = 1
const DIGIT = 2
const LEET_SYMBOL = 4
/** Brackets and the like, which stand around words that spell nothing. */
const LEET_MARK = 32
const BASE64 = 8
const SPACE = 16

/** Shortest run that is tried as base64 or hexadecimal: 16 base64 characters hold 12 bytes. */
export const MIN_ENCODED_RUN = 16
/** Separators between spelled-out letters or hexadecimal bytes: up to this many belong to one stretch. */
export const MAX_SPACED_GAP = 8
export const MIN_SPACED_LETTERS = 4
export const MIN_HEX_BYTES = 6
/** Bytes written as eight binary digits, and letters of Morse code, that are no chance in a row. */
export const MIN_BINARY_BYTES = 6
export const MIN_MORSE_LETTERS = 8
export const MAX_MORSE_LETTER = 6
/** A third, 20mg, mp3: words with digits at an edge are ordinary until there are many. */
const MIN_EDGE_LEET = 3
/** In thirds of a bit. One in a hundred ordinary texts of some thousand characters gets as far; it then costs a closer look. */
const SHIFTED_EVIDENCE = 90
const REVERSED_EVIDENCE = 60

const classes = buildClasses()
function buildClasses(): Uint8Array {
  const table = new Uint8Array(0x80)
  for (let unit = 0; unit < 0x80; unit++) {
    const char = String.fromCharCode(unit)
    let bits = 0
    if (/[a-z]/i.test(char)) bits |= LETTER | BASE64
    if (/[0-9]/.test(char)) bits |= DIGIT | BASE64
    if ('@$!|+(<'.includes(char)) bits |= LEET_SYMBOL
    if ('!|+(<'.includes(char)) bits |= LEET_MARK
    if ('+/-_='.includes(char)) bits |= BASE64
    if (/\s/.test(char)) bits |= SPACE
    table[unit] = bits
  }
  return table
}

const WORDLIKE = /[\p{L}\p{N}]/u
/** 0 unknown, 1 stays as it is, 2 folds to something else, 3 vanishes; filled as units are met. */
const foldKnown = new Uint8Array(0x10000)

/** Quotes, dashes, ellipses and the like separate words before and after folding, so they are not worth a second view. */
function foldEffect(codePoint: number): number {
  const known = codePoint < 0x10000 ? foldKnown[codePoint] : 0
  if (known) return known
  const char = String.fromCodePoint(codePoint)
  const folded = foldCodePoint(codePoint)
  const effect = folded === '' ? 3 : folded !== char && (WORDLIKE.test(folded) || WORDLIKE.test(char)) ? 2 : 1
  if (codePoint < 0x10000) foldKnown[codePoint] = effect
  return effect
}

/** Invisible characters beside emoji are ordinary; touching a letter or each other they are a disguise. */
function foldsAt(text: string, at: number): boolean {
  const codePoint = text.codePointAt(at) ?? 0
  const effect = foldEffect(codePoint)
  if (effect !== 3) return effect === 2
  const next = text.charCodeAt(at + (codePoint > 0xffff ? 2 : 1))
  if (Number.isNaN(next)) return isLetterOrDigit(text.charCodeAt(at - 1))
  return isLetterOrDigit(text.charCodeAt(at - 1)) || isLetterOrDigit(next) || foldEffect(next) === 3
}

/** One pass, constant work per UTF-16 unit. */
export function scan(text: string): Suspicions {
  let unicode = false
  let encoded = false
  let leet = false
  let spaced = false
  let run = 0 // length of the current base64-alphabet run
  let runMarks = 0 // bit 1 lower case, 2 upper case, 4 digit or symbol
  let letters = 0 // of the current token
  let leets = 0 // digits and symbols between its letters
  let pending = 0 // digits and symbols after its last letter
  let edge = false // whether it has a digit, @ or $
  let edges = 0 // words with these at their edges only
  let singles = 0 // single characters in a row, each followed by one separator
  let tokenLength = 0
  let gap = 0
  let hexDigits = 0
  let hexBytes = 0 // two-digit hexadecimal tokens in a row
  let binaryBytes = 0 // tokens of eight digits in a row
  let shifted = false
  let reversed = false
  let strange = 0
  let backward = 0
  let previous = EDGE
  let marks = 0 // dots and dashes in a row
  let morse = 0 // groups of them in a row
  for (let i = 0; i <= text.length; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 0x20
    if (unit >= 0x80) {
      if (!unicode && foldsAt(text, i)) unicode = true
      tokenLength += 2 // a letter of another script spells nothing out by itself
      previous = EDGE
      gap = 0
      run = 0
      runMarks = 0
      continue
    }
    const bits = classes[unit] ?? 0
    const symbol = symbols[unit] ?? EDGE
    if (symbol !== EDGE || previous !== EDGE) {
      const pair = previous * SYMBOLS + symbol
      previous = symbol
      strange += strangeness[pair] ?? 0
      if (strange < 0) strange = 0
      else if (strange > SHIFTED_EVIDENCE) shifted = true
      backward += backwardness[pair] ?? 0
      if (backward < 0) backward = 0
      else if (backward > REVERSED_EVIDENCE) reversed = true
    }
    if ((bits & LETTER) !== 0) {
      letters += 1
    }
    if ((bits & BASE64) !== 0) {
      run += 1
      runMarks |= unit >= 0x61 ? 1 : (bits & LETTER) !== 0 ? 2 : 4
      if (run >= MIN_ENCODED_RUN && runMarks !== 1 && runMarks !== 2) encoded = true
    } else {
      run = 0
      runMarks = 0
      if (unit === 0x25 || unit === 0x26 || unit === 0x5c) encoded ||= startsEscape(text, i, unit)
    }
    if ((bits & (LETTER | DIGIT | LEET_SYMBOL)) !== 0) {
      if ((bits & LETTER) === 0) {
        pending += 1
        if ((bits & LEET_MARK) === 0) edge = true
      } else if (pending > 0) {
        if (letters > 1) leets += pending
        pending = 0
      }
      if (isHex(unit)) hexDigits += 1
      tokenLength += 1
      gap = 0
      marks = 0
      morse = 0
      continue
    }
    if (unit === 0x2e || unit === 0x2d) marks += 1
    else if (marks > 0) {
      if ((bits & SPACE) !== 0 || unit === 0x2f) morse = marks <= MAX_MORSE_LETTER ? morse + 1 : 0
      if (morse >= MIN_MORSE_LETTERS) encoded = true
      marks = 0
    }
    if (tokenLength > 0) {
      if (leets > 0 && letters + leets >= 3) leet = true
      else if (edge && letters > 1 && ++edges >= MIN_EDGE_LEET) leet = true
      hexBytes = (tokenLength === 2 && hexDigits === 2) || (tokenLength === 4 && hexDigits === 3) ? hexBytes + 1 : 0
      binaryBytes = tokenLength === 8 && hexDigits === 8 ? binaryBytes + 1 : 0
      if (hexBytes >= MIN_HEX_BYTES || binaryBytes >= MIN_BINARY_BYTES) encoded = true
      hexDigits = 0
      singles = tokenLength === 1 ? singles + 1 : 0
      if (singles >= MIN_SPACED_LETTERS) spaced = true
      tokenLength = 0
      letters = 0
      leets = 0
      pending = 0
      edge = false
    }
    gap += 1
    if (gap > MAX_SPACED_GAP) singles = 0
  }
  return { unicode, encoded, leet, spaced, shifted, reversed }
}

function startsEscape(text: string, at: number, unit: number): boolean {
  const next = text.charCodeAt(at + 1)
  if (unit === 0x25) return isHex(next) && isHex(text.charCodeAt(at + 2))
  if (unit === 0x26) return next === 0x23 || isLetter(next)
  return (next === 0x78 || next === 0x75 || next === 0x55) && (isHex(text.charCodeAt(at + 2)) || text[at + 2] === '{')
}

export function isHex(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x66) || (unit >= 0x41 && unit <= 0x46)
}

function isLetter(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a)
}

export function isLetterOrDigit(unit: number): boolean {
  return isLetter(unit) || (unit >= 0x30 && unit <= 0x39)
}
