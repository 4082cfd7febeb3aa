const MAX_LOOKED_AT = 16_384
/** Shorter than this, there is no telling whether words repeat or what they are about. */
const SHORT_WORDS = 4
const LOOP_WORDS = 30
const TOPIC_WORDS = 25
/** Of all runs of four words, those that come for the first time: prose has nearly all, a loop hardly any. */
const LEAST_NEW = 0.35
/** Of the answer's own words, so many stand in the question: it says it again. */
const ECHO_SHARE = 0.75
const WORDS = /[\p{L}\p{M}\p{N}]+/gu
/** Carry no topic. */
const COMMON: ReadonlySet<string> = new Set(
  'the a an and or but of to in on at for from with by as is are was were be been it its this that these those i you he she we they me my your his her our their do does did how what why who which when where can could would should will not no if so than then there here have has had about into out up down all any some more most very just also only write give tell explain help make need want please use get one two'.split(
    ' ',
  ),
)

/**
 * Whether an answer can be read as one at all.
 *
 * @param asked what else the user said: small models repeat the first question as well as the last one
 * @returns why not, in words; null = it can. Small models, and attacks that confuse, make answers that neither refuse nor help.
 */
export function nonsense(wanted: string, answer: string, asked: readonly string[] = []): string | null {
  const text = answer.slice(0, MAX_LOOKED_AT)
  const words = wordsOf(text)
  if (words.length === 0) return 'empty'
  if (repeats(words)) return 'it goes round in circles'
  if (words.length >= SHORT_WORDS && [wanted, ...asked].some((question) => echoes(wordsOf(question), words)))
    return 'it says the question again'
  return broken(text) ? 'it is no readable text' : null
}

/** Whether question and answer have no word of a topic in common; only told of answers that are long enough, in letters that both use. */
export function besideThePoint(wanted: string, answer: string): boolean {
  const asked = topic(wordsOf(wanted))
  const said = wordsOf(answer.slice(0, MAX_LOOKED_AT))
  if (asked.size < 2 || said.length < TOPIC_WORDS) return false
  const told = topic(said)
  for (const stem of asked) if (told.has(stem)) return false
  return true
}

function wordsOf(text: string): string[] {
  return Array.from(text.normalize('NFKC').toLowerCase().matchAll(WORDS), ([word]) => word)
}

function topic(words: readonly string[]): Set<string> {
  // A prefix stands for the word: "bombs" and "bombing" are about the same.
  return new Set(words.filter((word) => word.length > 2 && !COMMON.has(word)).map((word) => word.slice(0, 5)))
}

function repeats(words: readonly string[]): boolean {
  if (words.length < LOOP_WORDS) return false
  const runs = new Set<string>()
  const count = words.length - 3
  for (let at = 0; at < count; at++) runs.add(words.slice(at, at + 4).join(' '))
  return runs.size / count < LEAST_NEW
}

function echoes(asked: readonly string[], said: readonly string[]): boolean {
  if (asked.length === 0 || said.length > 1.5 * asked.length) return false
  const known = new Set(asked)
  return said.filter((word) => known.has(word)).length / said.length >= ECHO_SHARE
}

/** Mostly signs that are no letters, or replacement characters. */
function broken(text: string): boolean {
  const dense = text.replace(/\s+/g, '')
  if (dense.length < 20) return false
  const letters = dense.match(/[\p{L}\p{M}\p{N}]/gu)?.length ?? 0
  const lost = dense.match(/\uFFFD/g)?.length ?? 0
  return letters / dense.length < 0.3 || lost / dense.length > 0.05
}
