/**
 * What BERT's normaliser and pre-tokenizer (uncased) make of one character: dropped, a space, a word of its own
 * (punctuation, Chinese characters), or letters of a word, lower-cased and without accents.
 */
export type CharacterKind = 'drop' | 'space' | 'alone' | 'word'

export interface BertCharacter {
  readonly kind: CharacterKind
  /** What stands for it in the normalised text; a few characters become several. */
  readonly text: string
}

const SPACE = /^[\t\n\r\p{Z}]$/u
const CONTROL = /^[\p{Cc}\p{Cf}\p{Co}]$/u
const PUNCTUATION = /^[!-/:-@[-`{-~\p{P}]$/u
const MARKS = /\p{Mn}/gu
const MEMORY = 8_192

const DROP: BertCharacter = { kind: 'drop', text: '' }
const BLANK: BertCharacter = { kind: 'space', text: ' ' }
const known = new Map<number, BertCharacter>()

/** The reading of a code point; remembered, within a bound. Lone surrogates count as letters that no vocabulary has. */
export function bertCharacter(codePoint: number): BertCharacter {
  let character = known.get(codePoint)
  if (character === undefined) {
    if (known.size >= MEMORY) known.clear()
    character = read(codePoint)
    known.set(codePoint, character)
  }
  return character
}

function read(codePoint: number): BertCharacter {
  const char = String.fromCodePoint(codePoint)
  if (codePoint === 0 || codePoint === 0xfffd) return DROP
  if (SPACE.test(char)) return BLANK
  if (CONTROL.test(char)) return DROP
  // character by character, as the reference does: no final sigma
  let text = ''
  for (const part of char.normalize('NFD').replace(MARKS, '')) text += part.toLowerCase()
  if (text === '') return DROP
  return { kind: isChinese(codePoint) || PUNCTUATION.test(text) ? 'alone' : 'word', text }
}

/** The blocks that the reference sets apart; later additions to Unicode are not among them. */
function isChinese(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b820 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  )
}
