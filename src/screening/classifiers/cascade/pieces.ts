import { MappedText } from '../../normalize/mapped-text.ts'
import { normalize } from '../../normalize/normalize.ts'

/** Long texts are looked at in pieces of this many UTF-16 units… */
export const PIECE = 4_096
/** …which overlap by more than a window of the encoder holds, so that each stretch of that length stands whole in one. */
export const PIECE_OVERLAP = 1_024
/** Readings of one piece that the encoder gets: the text itself and the disguises undone furthest. */
export const MAX_READINGS = 4

/** A stretch of a text. */
export interface Stretch {
  readonly text: string
  readonly offset: number
}

/** The pieces of a text, in order. */
export function piecesOf(text: string): Stretch[] {
  if (text.length <= PIECE) return [{ text, offset: 0 }]
  const pieces: Stretch[] = []
  for (let offset = 0; ; offset += PIECE - PIECE_OVERLAP) {
    pieces.push({ text: text.slice(offset, offset + PIECE), offset })
    if (offset + PIECE >= text.length) return pieces
  }
}

/** Ways to read a piece; `complete` is false when there are more than are given. */
export interface Readings {
  readonly readings: readonly MappedText[]
  readonly complete: boolean
}

/** The piece as it stands, then its disguises undone, the deepest first; readings that differ in case only count once. */
export function readingsOf(text: string): Readings {
  const seen = new Set([text.toLowerCase()])
  const undone: MappedText[] = []
  for (const { content } of normalize(text).toReversed()) {
    if (seen.has(content.text)) continue
    seen.add(content.text)
    undone.push(content)
  }
  const kept = undone.slice(0, MAX_READINGS - 1)
  return { readings: [MappedText.identity(text), ...kept], complete: kept.length === undone.length }
}
