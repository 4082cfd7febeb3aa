import type { Exchange } from '../../exchange/exchange.ts'
import type { ClassifyRequest, Segment } from '../classifier.ts'

/** Longest prompt, in UTF-16 units, that is read whole beside its completion; of longer ones, this much in halves from both ends. */
const MAX_PROMPT_UNITS = 8_192

/** A text to judge: one segment, or a row of them that begins with segment `first`. */
export interface JudgedText {
  readonly text: string
  readonly first: number
  /** The only segment of this text; undefined for a row. */
  readonly segment: Segment | undefined
}

/**
 * Every segment, and each row of prompt texts that a model reads as one, joined: what is split over the parts of a message must not
 * go by. Segments of a completion are windows of a stream, which overlap already.
 */
export function textsOf({ side, segments }: Pick<ClassifyRequest, 'side' | 'segments'>): JudgedText[] {
  const texts: JudgedText[] = []
  let row = 0
  for (const [at, segment] of segments.entries()) {
    texts.push({ text: segment.text, first: at, segment })
    const next = segments[at + 1]
    if (next !== undefined && side === 'prompt' && readAsOne(segment, next)) continue
    if (at > row) {
      const parts = segments.slice(row, at + 1)
      texts.push({ text: parts.map(({ text }) => text).join(''), first: row, segment: undefined })
    }
    row = at + 1
  }
  return texts
}

function readAsOne(segment: Segment, next: Segment): boolean {
  return segment.role === next.role && segment.kind === 'text' && next.kind === 'text'
}

/** The part of [start, end) of a text that stands in the segment in which it begins. */
export function placeIn(segments: readonly Segment[], first: number, start: number, end: number) {
  let segment = first
  let before = 0
  for (;;) {
    const length = segments[segment]?.text.length ?? 0
    if (start - before < length || segment + 1 >= segments.length || end - before <= length) {
      return { segment, start: start - before, end: Math.min(end - before, length) }
    }
    before += length
    segment += 1
  }
}

/** What the user asked last, which a completion answers: the words of the last user turn. */
export function lastUserText({ turns }: Exchange): string {
  const turn = turns.findLast(({ role, parts }) => role === 'user' && parts.some(({ kind }) => kind === 'text'))
  const texts = turn?.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])) ?? []
  const text = texts.join('\n')
  if (text.length <= MAX_PROMPT_UNITS) return text
  return `${text.slice(0, MAX_PROMPT_UNITS / 2)} ${text.slice(-MAX_PROMPT_UNITS / 2)}`
}
