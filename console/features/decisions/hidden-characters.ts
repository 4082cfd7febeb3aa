/** Characters that no one sees, or that turn or hide what stands around them; not the one that makes a sign an emoji. */
const HIDDEN = /(?![\t\n\r])(?!(?<=\p{Emoji})\ufe0f)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu

export interface Piece {
  readonly text: string
  /** Stands for a character that is not shown: `U+202E`. */
  readonly hidden: boolean
}

/** A text cut into what can be shown as it is, and names of what can't. Joined, with each name counted as its character, it is the text. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let from = 0
  for (const { index, 0: character } of text.matchAll(HIDDEN)) {
    if (index > from) found.push({ text: text.slice(from, index), hidden: false })
    const code = character.codePointAt(0) ?? 0
    found.push({ text: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`, hidden: true })
    from = index + character.length
  }
  if (from < text.length) found.push({ text: text.slice(from), hidden: false })
  return found
}

interface Span {
  readonly label: string
  readonly score: number
  readonly start: number
  readonly end: number
}

export interface Stretch {
  readonly text: string
  /** The highest one over this stretch. */
  readonly mark: Span | null
}

/** Most marks that are drawn. */
const MARKS = 200

/** A text cut where what carried a score begins and ends. Marks beyond the text, or backwards, count for nothing. */
export function stretches(text: string, spans: readonly Span[]): Stretch[] {
  const within = spans
    .filter(({ start, end }) => start >= 0 && end > start && start < text.length)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MARKS)
  const cuts = new Set([0, text.length, ...within.flatMap(({ start, end }) => [start, Math.min(end, text.length)])])
  const sorted = [...cuts].sort((a, b) => a - b)
  return sorted.slice(0, -1).map((from, i) => {
    const to = sorted[i + 1] ?? text.length
    return { text: text.slice(from, to), mark: within.find(({ start, end }) => start <= from && end >= to) ?? null }
  })
}
