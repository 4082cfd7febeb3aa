import type { Judgement, Label } from './schema.ts'

/** The letter that a comparison ends with. */
const LAST_LETTER = /(?:\(([AB])\)|\banswer\s*(?:is\s*)?:?\s*\**\(?([AB])\b|^\W*([AB])\W*$)/gim

/**
 * What a comparison in words chose: the last letter that it names as its choice. @returns the probability of B, 0 or 1; null where it names
 * none.
 */
export function verdictOfWords(text: string): number | null {
  const last = [...text.matchAll(LAST_LETTER)].at(-1)
  const letter = (last?.[1] ?? last?.[2] ?? last?.[3])?.toUpperCase()
  return letter === undefined ? null : letter === 'B' ? 1 : 0
}

/**
 * What the probabilities of a first token say: B's share of what falls to A or B, however they are written.
 *
 * @param firstToken natural logarithms, by token @returns null where neither is among them
 */
export function verdictOfTokens(firstToken: Readonly<Record<string, number>> | null): number | null {
  if (firstToken === null) return null
  const sums = { A: 0, B: 0 }
  for (const [token, logarithm] of Object.entries(firstToken)) {
    const letter = token.replaceAll(/[^A-Za-z]/g, '').toUpperCase()
    if (letter === 'A' || letter === 'B') sums[letter] += Math.exp(logarithm)
  }
  const both = sums.A + sums.B
  return both > 0 ? sums.B / both : null
}

/**
 * The label of a pair: the mean over all judgements that have a verdict in both orders, so that whatever favours a place cancels out.
 *
 * @param clamp the bounds that it is kept in: a model that thinks aloud is surer than it is right (Bai et al. 2022, section 4.3)
 */
export function labelOf(judgements: readonly Judgement[], clamp: readonly [number, number]): Label | null {
  const means = judgements.flatMap(({ firstShown, secondShown }) =>
    firstShown === null || secondShown === null ? [] : (firstShown + secondShown) / 2,
  )
  if (means.length === 0) return null
  const raw = rounded(means.reduce((sum, one) => sum + one, 0) / means.length)
  return { raw, used: Math.min(clamp[1], Math.max(clamp[0], raw)) }
}

/** Which of a pair the label prefers; null: neither by more than `tie`. */
export function preferredBy(label: Label | null, tie: number): 'first' | 'second' | null {
  if (label === null || rounded(Math.abs(label.raw - 0.5)) <= tie) return null
  return label.raw > 0.5 ? 'second' : 'first'
}

/** Sums of floating-point numbers in another order differ in their last digits: labels don't. */
export function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9
}
