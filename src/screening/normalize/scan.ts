import { foldCodePoint } from './fold.ts'

/** What one pass over a text found worth undoing; plain text finds nothing. */
export interface Suspicions {
  /** Characters that fold to something else. */
  readonly unicode: boolean
  /** Runs that may be base64 or hexadecimal, percent or backslash escapes, character references. */
  readonly encoded: boolean
  /** Digits or symbols inside words. */
  readonly leet: boolean
  /** Single letters in a row, separated. */
  readonly spaced: boolean
  /** A stretch whose letters are far likelier as rot13 than as they stand. */
  readonly rot13: boolean
}

const LETTER = 1
const DIGIT = 2
const LEET_SYMBOL = 4
const BASE64 = 8
const SPACE = 16

/** Shortest run that is tried as base64 or hexadecimal: 16 base64 characters hold 12 bytes. */
export const MIN_ENCODED_RUN = 16
/** Separators between spelled-out letters or hexadecimal bytes: up to this many belong to one stretch. */
export const MAX_SPACED_GAP = 8
export const MIN_SPACED_LETTERS = 4
export const MIN_HEX_BYTES = 6
const ROT13_EVIDENCE = 150

/** Letters per 10,000 of English text (rounded public-domain counts). */
const ENGLISH = [
  812, 149, 271, 432, 1202, 230, 203, 592, 731, 10, 69, 398, 261, 695, 768, 182, 11, 602, 628, 910, 288, 111, 209, 17,
  211, 7,
]

const classes = buildClasses()
/** Ten times the log2 odds that a letter was written in rot13, per letter; negative for ordinary English. */
const rot13Odds = ENGLISH.map((frequency, i) => Math.round(10 * Math.log2((ENGLISH[(i + 13) % 26] ?? 1) / frequency)))
const rot13Table = new Int8Array(128)
for (let i = 0; i < 26; i++) {
  const odds = Math.max(-60, Math.min(40, rot13Odds[i] ?? 0))
  rot13Table[0x41 + i] = odds
  rot13Table[0x61 + i] = odds
}

function buildClasses(): Uint8Array {
  const table = new Uint8Array(0x80)
  for (let unit = 0; unit < 0x80; unit++) {
    const char = String.fromCharCode(unit)
    let bits = 0
    if (/[a-z]/i.test(char)) bits |= LETTER | BASE64
    if (/[0-9]/.test(char)) bits |= DIGIT | BASE64
    if ('@$!|+(<'.includes(char)) bits |= LEET_SYMBOL
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
  let rot13 = false
  let run = 0 // length of the current base64-alphabet run
  let runMarks = 0 // bit 1 lower case, 2 upper case, 4 digit or symbol
  let letters = 0 // of the current token
  let leets = 0
  let singles = 0 // single characters in a row, each followed by one separator
  let tokenLength = 0
  let gap = 0
  let hexDigits = 0
  let hexBytes = 0 // two-digit hexadecimal tokens in a row
  let rot13Score = 0
  for (let i = 0; i <= text.length; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 0x20
    if (unit >= 0x80) {
      if (!unicode && foldsAt(text, i)) unicode = true
      tokenLength += 2 // a letter of another script spells nothing out by itself
      gap = 0
      run = 0
      runMarks = 0
      continue
    }
    const bits = classes[unit] ?? 0
    if ((bits & LETTER) !== 0) {
      letters += 1
      const odds = rot13Table[unit] ?? 0
      rot13Score = Math.max(0, rot13Score + odds)
      if (rot13Score > ROT13_EVIDENCE) rot13 = true
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
      if ((bits & LETTER) === 0) leets += 1
      if (isHex(unit)) hexDigits += 1
      tokenLength += 1
      gap = 0
      continue
    }
    if (tokenLength > 0) {
      if (leets > 0 && letters > 0 && letters + leets >= 3) leet = true
      hexBytes = (tokenLength === 2 && hexDigits === 2) || (tokenLength === 4 && hexDigits === 3) ? hexBytes + 1 : 0
      if (hexBytes >= MIN_HEX_BYTES) encoded = true
      hexDigits = 0
      singles = tokenLength === 1 ? singles + 1 : 0
      if (singles >= MIN_SPACED_LETTERS) spaced = true
      tokenLength = 0
      letters = 0
      leets = 0
    }
    gap += 1
    if (gap > MAX_SPACED_GAP) singles = 0
  }
  return { unicode, encoded, leet, spaced, rot13 }
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
