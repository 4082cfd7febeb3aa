import type { DatasetReport } from './report-schema.ts'

const OPENING_WORDS = 4
const LISTED = 12

/** The first words of an answer, without what makes no difference: `i won't help with`. */
export function openingOf(text: string): string {
  const words =
    text
      .toLowerCase()
      .replaceAll(/[’‘]/g, "'")
      .match(/[\p{L}\p{N}']+/gu) ?? []
  return words.slice(0, OPENING_WORDS).join(' ')
}

/** How answers begin: a model that is tuned on one way of refusing learns to say that and nothing else. */
export function openingsOf(openings: readonly string[]): DatasetReport['openings'] {
  const counts = new Map<string, number>()
  for (const one of openings) counts.set(one, (counts.get(one) ?? 0) + 1)
  const answers = openings.length
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const shares = sorted.map(([opening, count]) => ({ opening, count, share: count / answers }))
  const entropy = shares.reduce((sum, { share }) => sum - share * Math.log2(share), 0)
  const none = answers === 0
  return {
    answers,
    distinct: counts.size,
    entropyBits: none ? null : entropy,
    evenness: answers < 2 ? null : entropy / Math.log2(answers),
    topShare: shares[0]?.share ?? null,
    top: shares.slice(0, LISTED),
  }
}
