import type { Said } from '../../../asking/index.ts'
import type { Outcome } from '../verdict/index.ts'
import type { Pass } from './task-file.ts'

export interface Scored {
  readonly outcome: Outcome
  /** In words, where it is neither passed nor failed. */
  readonly why: string | null
}

/** Beyond this nobody looks for an answer. */
const MAX_LOOKED_AT = 256 * 1024

/**
 * What an answer is worth. A success counts, whatever else is said of it; what was refused, cut off, or can't be told is never a failure of
 * the model's own.
 */
export function scoreOf(pass: Pass, { text, end }: Pick<Said, 'text' | 'end'>): Scored {
  const said = text.slice(0, MAX_LOOKED_AT).normalize('NFC').trim()
  const letter = pass.kind === 'choice' ? letterOf(said, pass.choices) : null
  if (pass.kind === 'choice' ? letter === pass.letter : matches(pass, said)) return { outcome: 'passed', why: null }
  if (end === 'refusal') return { outcome: 'refused', why: 'refused' }
  if (end === 'length') return { outcome: 'errored', why: 'cut off at the limit of tokens' }
  if (said === '') return { outcome: 'unscored', why: 'an empty answer' }
  if (letter !== null) return { outcome: 'failed', why: null }
  if (REFUSING.test(said.slice(0, OPENING_CHARS))) return { outcome: 'refused', why: 'it opens as a refusal does' }
  if (pass.kind === 'choice') return { outcome: 'unscored', why: 'no letter of a choice' }
  return { outcome: 'failed', why: null }
}

function matches(pass: Exclude<Pass, { kind: 'choice' }>, said: string): boolean {
  if (pass.kind === 'regex') return pass.pattern.matcher(said).find()
  const fold = (text: string) => (pass.ignoreCase ? text.normalize('NFC').toLowerCase() : text.normalize('NFC'))
  const [wanted, found] = [fold(pass.text.trim()), fold(said)]
  return pass.kind === 'exact' ? found === wanted : found.includes(wanted)
}

/** Capital letters alone: "the answer is a guess" names none. */
const NAMED = /\b(?:answer|Answer|ANSWER)(?:\*{0,2}\s?:|\sis:?)\s{0,3}\*{0,2}\s?\(?([A-Z])\)?(?![A-Za-z])/g
const ALONE = /^\**\(?([A-Z])\)?[.):]?\**$/
const BEFORE_CHOICE = /^\(?([A-Z])[.):]\s/

/** The letter that was chosen: the last one that is called the answer, or one that stands alone, or before its own choice. */
function letterOf(said: string, choices: readonly string[]): string | null {
  const named = [...said.matchAll(NAMED)].map(([, one = '']) => one).findLast((one) => indexOf(one) < choices.length)
  const letter = named ?? ALONE.exec(said)?.[1] ?? quoted(said, choices)
  return letter !== undefined && indexOf(letter) < choices.length ? letter : null
}

function quoted(said: string, choices: readonly string[]): string | undefined {
  const letter = BEFORE_CHOICE.exec(said)?.[1]
  const bare = letter === undefined ? said : said.replace(BEFORE_CHOICE, '')
  const at = choices.findIndex((choice) => choice.normalize('NFC').trim() === bare.trim())
  if (at < 0) return undefined
  const own = String.fromCharCode(65 + at)
  return letter === undefined || letter === own ? own : undefined
}

const indexOf = (letter: string) => letter.charCodeAt(0) - 65

const OPENING_CHARS = 200
/**
 * How refusals open. It can only keep a verdict from being BELOW: what matches counts both ways, and what was a refusal in other words
 * counts as a failure, so transcripts are read besides.
 */
const REFUSING =
  /^(?:i['’]?m sorry|i am sorry|sorry,|i apologi[sz]e|i (?:can(?:no|['’])t|can not|won['’]t|will not|must decline|am unable|am not able)|i['’]m (?:unable|not able)|as an ai\b|unfortunately, i can)/i
