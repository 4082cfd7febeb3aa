import type { Completion } from './completion.ts'

/** Certainty is the test string's alone; no model has it. */
export const MAX_PROBABILITY = 0.999_999
/** With less than this on the verdict words together, the model was about to say something else. */
const MIN_MASS = 0.5

/** The probability of each verdict word at the place where the verdict stands; they add up to 1. */
export type Verdict<Word extends string> = ReadonlyMap<Word, number>

/**
 * Reads probabilities where the answer gives its verdict: the first token, white space aside, after `lead`.
 *
 * A token speaks for a word when it begins it (tokenizers split `unsafe` into `un` and `safe`). Null when the place can't be found, when
 * the words hold too little of the probability, or when the likeliest word is not the one that was written.
 *
 * @param lead what the answer says before its verdict, white space aside; empty when it begins with it
 * @param written the verdict as parsed from the answer's text
 */
export function verdictAt<Word extends string>(
  { tokens }: Completion,
  lead: string,
  words: readonly Word[],
  written: Word,
): Verdict<Word> | null {
  const place = tokens === null ? undefined : tokens[positionAfter(tokens, squeezed(lead))]
  if (place === undefined) return null
  const mass = new Map<Word, number>(words.map((word) => [word, 0]))
  for (const { text, probability } of place.alternatives) {
    const word = wordOf(text, words)
    if (word !== null) mass.set(word, (mass.get(word) ?? 0) + probability)
  }
  const total = [...mass.values()].reduce((sum, share) => sum + share, 0)
  if (!(total >= MIN_MASS) || wordOf(place.text, words) !== written) return null
  const shares = new Map([...mass].map(([word, share]) => [word, share / total]))
  const own = shares.get(written) ?? 0
  // Decoded greedily, so what was written was the likeliest: a server that shows otherwise can't be trusted with either.
  return [...shares.values()].some((share) => share > own + 0.01) ? null : shares
}

/** A verdict without probabilities: all on the word that was written. */
export function certain<Word extends string>(written: Word): Verdict<Word> {
  return new Map([[written, 1]])
}

/** The probability of one word as a score: between 0 and just below 1. */
export function scoreOf<Word extends string>(verdict: Verdict<Word>, word: Word): number {
  return asScore(verdict.get(word) ?? 0)
}

export function asScore(probability: number): number {
  return Math.min(MAX_PROBABILITY, Math.max(0, probability))
}

function positionAfter(tokens: readonly { readonly text: string }[], lead: string): number {
  let before = ''
  for (let at = 0; at < tokens.length; at++) {
    const text = squeezed(tokens[at]?.text ?? '')
    if (before === lead && text !== '') return at
    before += text
    if (!lead.startsWith(before)) return -1
  }
  return -1
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '')
}

function wordOf<Word extends string>(token: string, words: readonly Word[]): Word | null {
  const text = token.trim().toLowerCase()
  if (text === '') return null
  return words.find((word) => word.startsWith(text)) ?? null
}
