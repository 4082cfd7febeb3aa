import { type TextTransform, textTransform } from './transform.ts'

const evasion = (name: string, apply: (text: string) => string, restore?: (text: string) => string): TextTransform =>
  textTransform('evasion', name, apply, restore)

const reversedWords = (text: string) => text.split(' ').reverse().join(' ')
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
  evasion('reversed words', reversedWords, reversedWords),
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
