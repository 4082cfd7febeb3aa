import { type TextTransform, textTransform } from './transform.ts'

const evasion = (name: string, apply: (text: string) => string, restore?: (text: string) => string): TextTransform =>
  textTransform('evasion', name, apply, restore)

const reversed = (text: string) => [...text].reverse().join('')
const reversedWords = (text: string) => text.split(' ').reverse().join(' ')
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

const longWords = (change: (word: string) => string) => (text: string) => text.replace(/[A-Za-z]{4,}/g, change)
const middle = (word: string) => Math.floor(word.length / 2)

/** The first consonants go last, and -ay follows. */
const pigLatin = (text: string) =>
  text.replace(/[A-Za-z]+/g, (word) => {
    const vowel = Math.max(0, word.search(/[aeiou]/i))
    return vowel === 0 ? `${word}way` : `${word.slice(vowel)}${word.slice(0, vowel)}ay`
  })

/** Alterations that a reader, or a model told how, still understands, and that `normalize` leaves alone. */
export const EVASIONS: readonly TextTransform[] = [
  evasion('reversed', reversed, reversed),
  evasion('reversed words', reversedWords, reversedWords),
  evasion('Caesar by 3', shifted(3), shifted(23)),
  evasion('Atbash', atbash, atbash),
  evasion('binary', binary, fromBinary),
  evasion('Morse', morse),
  evasion('pig Latin', pigLatin),
  evasion(
    'swapped letters',
    longWords((word) => {
      const at = middle(word)
      return word.slice(0, at - 1) + (word[at] ?? '') + (word[at - 1] ?? '') + word.slice(at + 1)
    }),
  ),
  evasion(
    'doubled letters',
    longWords((word) => word.slice(0, middle(word)) + (word[middle(word)] ?? '') + word.slice(middle(word))),
  ),
  evasion(
    'vowels starred',
    longWords((word) => word.replace(/(?<=.)[aeiou]/i, '*')),
  ),
  evasion(
    'vowels left out',
    longWords((word) => word.replace(/(?<=.)[aeiou](?=.)/gi, '')),
  ),
  evasion(
    'hyphens within words',
    longWords((word) => `${word.slice(0, middle(word))}-${word.slice(middle(word))}`),
  ),
  evasion(
    'spaces within words',
    longWords((word) => `${word.slice(0, middle(word))} ${word.slice(middle(word))}`),
  ),
  evasion(
    'emoji between words',
    (text) => text.replaceAll(' ', ' 🙂 '),
    (text) => text.replaceAll(' 🙂 ', ' '),
  ),
  evasion('underscores for spaces', (text) => text.replaceAll(' ', '_')),
  evasion('words run together', (text) => text.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase())),
]
