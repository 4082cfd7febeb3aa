import { type TextTransform, textTransform } from './transform.ts'

const code = (char: string) => char.codePointAt(0) ?? 0
const base64 = (text: string) => Buffer.from(text).toString('base64')
const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString()
const hex = (text: string) => Buffer.from(text).toString('hex')
const fromHex = (text: string) => Buffer.from(text, 'hex').toString()
const percent = (text: string) => hex(text).replace(/../g, '%$&')
const entities = (text: string) => [...text].map((char) => `&#${code(char)};`).join('')
const fromEntities = (text: string) => text.replace(/&#(\d+);/g, (_, digits) => String.fromCodePoint(Number(digits)))

export function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (char) => String.fromCharCode(code(char) + ((code(char) & 31) <= 13 ? 13 : -13)))
}

const reversed = (text: string) => [...text].reverse().join('')
const binary = (text: string) => [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join(' ')
const fromBinary = (text: string) =>
  text === '' ? '' : Buffer.from(text.split(' ').map((bits) => Number.parseInt(bits, 2))).toString()

/** Letters moved along the alphabet. */
function shifted(by: number): (text: string) => string {
  return (text) =>
    text.replace(/[a-z]/gi, (char) => {
      const base = char < 'a' ? 0x41 : 0x61
      return String.fromCharCode(base + ((char.charCodeAt(0) - base + by) % 26))
    })
}

const atbash = (text: string) =>
  text.replace(/[a-z]/gi, (char) => String.fromCharCode((char < 'a' ? 0x9b : 0xdb) - char.charCodeAt(0)))

const MORSE =
  '.- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..'.split(
    ' ',
  )
const morse = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z ]/g, '')
    .replace(/[a-z ]/g, (char) => (char === ' ' ? '/ ' : `${MORSE[char.charCodeAt(0) - 0x61] ?? ''} `))
    .trim()

/** Replaces characters by a table, in both cases. */
function mapped(from: string, to: string): (text: string) => string {
  const targets = [...to]
  const table = new Map([...from].map((char, at) => [char, targets[at] ?? char]))
  return (text) => [...text].map((char) => table.get(char) ?? char).join('')
}

/** Letters of an alphabet that stands in a row elsewhere in Unicode. */
function alphabet(upper: number, lower: number): [(text: string) => string, (text: string) => string] {
  const apply = (text: string) =>
    text
      .replace(/[A-Z]/g, (char) => String.fromCodePoint(upper + code(char) - 0x41))
      .replace(/[a-z]/g, (char) => String.fromCodePoint(lower + code(char) - 0x61))
  const restore = (text: string) =>
    [...text]
      .map((char) => {
        const at = code(char)
        if (at >= upper && at < upper + 26) return String.fromCharCode(0x41 + at - upper)
        return at >= lower && at < lower + 26 ? String.fromCharCode(0x61 + at - lower) : char
      })
      .join('')
  return [apply, restore]
}

/** Something after each character. */
function interleaved(mark: string): [(text: string) => string, (text: string) => string] {
  return [(text) => [...text].map((char) => char + mark).join(''), (text) => text.replaceAll(mark, '')]
}

/** Characters with a separator between; words stand further apart than letters. */
function spelled(separator: string): [(text: string) => string, (text: string) => string] {
  const width = separator.length
  return [
    (text) => [...text].join(separator),
    (text) => Array.from({ length: Math.ceil(text.length / (width + 1)) }, (_, i) => text[i * (width + 1)]).join(''),
  ]
}

const toFullWidth = (text: string) =>
  text.replace(/[!-~]/g, (char) => String.fromCharCode(code(char) + 0xfee0)).replaceAll(' ', '\u3000')
const fromFullWidth = (text: string) =>
  text.replace(/[\uff01-\uff5e]/g, (char) => String.fromCharCode(code(char) - 0xfee0)).replaceAll('\u3000', ' ')
const toTags = (text: string) => text.replace(/[ -~]/g, (char) => String.fromCodePoint(0xe0000 + code(char)))
const fromTags = (text: string) => [...text].map((char) => String.fromCodePoint(code(char) & 0xffff)).join('')
const leet = mapped('AEIOSTaeiost', '431057431057')
const alternating = (text: string) =>
  [...text].map((char, at) => (at % 2 === 0 ? char.toLowerCase() : char.toUpperCase())).join('')

const disguise = (name: string, apply: (text: string) => string, restore?: (text: string) => string): TextTransform =>
  textTransform('disguise', name, apply, restore)

/** Every disguise that `normalize` claims to undo; its property test holds it to that. */
export const DISGUISES: readonly TextTransform[] = [
  disguise('upper case', (text) => text.toUpperCase()),
  disguise('mixed case', alternating),
  disguise('Cyrillic look-alikes', mapped('ABCEHIKMOPSTXaceiopsxy', 'АВСЕНІКМОРЅТХасеіорѕху')),
  disguise('Greek look-alikes', mapped('ABEHIKMNOPTXZo', 'ΑΒΕΗΙΚΜΝΟΡΤΧΖο')),
  disguise('full width', toFullWidth, fromFullWidth),
  disguise('mathematical bold', ...alphabet(0x1d400, 0x1d41a)),
  disguise('circled letters', ...alphabet(0x24b6, 0x24d0)),
  disguise('small capitals', (text) => mapped('aeionrt', 'ᴀᴇɪᴏɴʀᴛ')(text.toLowerCase())),
  disguise('accents', mapped('AEIOSNCaeiosnc', 'ÁËÏØŠÑÇáëïøšñç')),
  disguise('stacked marks', ...interleaved('\u0300\u0323')),
  disguise('zero-width spaces', ...interleaved('\u200b')),
  disguise('soft hyphens', ...interleaved('\u00ad')),
  disguise('bidirectional controls', ...interleaved('\u202e\u202c')),
  disguise('variation selectors', ...interleaved('\ufe0f')),
  disguise('tag characters', toTags, fromTags),
  disguise('leetspeak', leet),
  disguise('leetspeak with symbols', mapped('AESOIaesoi', '@3$0!@3$0!')),
  disguise('spaced letters', ...spelled(' ')),
  disguise('dotted letters', ...spelled('.')),
  disguise('dashed letters', ...spelled('-')),
  disguise('one letter a line', ...spelled('\n')),
  disguise('spaced leetspeak', (text) => [...leet(text)].join(' ')),
  disguise('base64', base64, fromBase64),
  disguise('base64 with an instruction', (text) => `Decode this and do what it says: ${base64(text)}`),
  disguise('base64url', (text) => Buffer.from(text).toString('base64url'), fromBase64),
  disguise('base64 in lines', (text) => base64(text).replace(/.{60}(?=.)/g, '$&\n'), fromBase64),
  disguise('hexadecimal', hex, fromHex),
  disguise(
    'hexadecimal bytes',
    (text) => hex(text).replace(/..(?=.)/g, '$& '),
    (text) => fromHex(text.replaceAll(' ', '')),
  ),
  disguise(
    'backslash x',
    (text) => hex(text).replace(/../g, '\\x$&'),
    (text) => fromHex(text.replaceAll('\\x', '')),
  ),
  disguise('percent escapes', percent, decodeURIComponent),
  disguise('character references', entities, fromEntities),
  disguise('rot13', rot13, rot13),
  disguise('Caesar by 3', shifted(3), shifted(23)),
  disguise('Caesar by 19', shifted(19), shifted(7)),
  disguise('Atbash', atbash, atbash),
  disguise('reversed', reversed, reversed),
  disguise('binary', binary, fromBinary),
  disguise('Morse', morse),
  disguise(
    'Caesar by 3 in base64',
    (text) => base64(shifted(3)(text)),
    (text) => shifted(23)(fromBase64(text)),
  ),
  disguise(
    'base64 twice',
    (text) => base64(base64(text)),
    (text) => fromBase64(fromBase64(text)),
  ),
  disguise(
    'hexadecimal in base64',
    (text) => base64(hex(text)),
    (text) => fromHex(fromBase64(text)),
  ),
  disguise(
    'rot13 in base64',
    (text) => base64(rot13(text)),
    (text) => rot13(fromBase64(text)),
  ),
  disguise(
    'base64 in rot13',
    (text) => rot13(base64(text)),
    (text) => fromBase64(rot13(text)),
  ),
  disguise(
    'references in escapes in base64',
    (text) => base64(percent(entities(text))),
    (text) => fromEntities(decodeURIComponent(fromBase64(text))),
  ),
  disguise(
    'full width base64',
    (text) => toFullWidth(base64(text)),
    (text) => fromBase64(fromFullWidth(text)),
  ),
  disguise('base64 of spaced letters', (text) => base64([...text].join(' '))),
  disguise('leetspeak in base64', (text) => base64(leet(text))),
]
