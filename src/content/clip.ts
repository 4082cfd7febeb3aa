import type { SaidEvidence, SaidText, SaidTrack, SaidTurn } from './schema.ts'

/** Of each side so much is kept; an exchange is never dropped for its length, or length would be a way to go unreviewed. */
export const MAX_SIDE_CHARS = 1024 * 1024
/** Around what a classifier pointed at, so much is kept whatever its place. */
const AROUND_EVIDENCE = 16 * 1024

interface Piece {
  text: string
  readonly source: string
}

/**
 * Cuts the prompt down to what is kept: the newest turns first, since they are what was asked, and what stands around the evidence.
 * Evidence is moved along with the text that it points into.
 */
export function clipTurns(
  turns: readonly SaidTurn[],
  evidence: readonly SaidEvidence[],
): { turns: SaidText['turns']; evidence: SaidText['evidence']['prompt']; omittedChars: number } {
  const copies = turns.map(({ role, parts }) => ({ role, parts: parts.map((part) => ({ ...part })) }))
  const pieces: Piece[] = []
  const writers: (() => void)[] = []
  for (const { parts } of copies) {
    for (const part of parts) {
      if (part.kind === 'media') continue
      const piece = { text: part.text, source: part.pointer }
      pieces.push(piece)
      writers.push(() => {
        part.text = piece.text
      })
    }
  }
  const clipped = clip(pieces.toReversed(), evidence)
  for (const write of writers) write()
  return { turns: copies, ...clipped }
}

/** The same for an answer, from its beginning. What was released of a track that was cut is counted anew. */
export function clipTracks(
  tracks: readonly SaidTrack[],
  evidence: readonly SaidEvidence[],
): { completion: SaidText['completion']; evidence: SaidText['evidence']['completion']; omittedChars: number } {
  const pieces = tracks.map(({ track, text }) => ({ text, source: track }))
  const starts = new Map<string, number>()
  const clipped = clip(pieces, evidence, starts)
  const completion = tracks.map((track, i) => {
    const text = pieces[i]?.text ?? ''
    const released = track.releasedChars - (starts.get(track.track) ?? 0)
    return { ...track, text, releasedChars: Math.min(text.length, Math.max(0, released)) }
  })
  return { completion, ...clipped }
}

/** Cuts `pieces` in place, in the order of their importance. @param starts is told where a piece that was cut now begins. */
function clip(pieces: Piece[], evidence: readonly SaidEvidence[], starts = new Map<string, number>()) {
  let left = MAX_SIDE_CHARS
  let omittedChars = 0
  for (const piece of pieces) {
    const { length } = piece.text
    if (length <= left) {
      left -= length
      continue
    }
    const found = evidence.filter(({ source }) => source === piece.source)
    const [start, end] = stretch(length, left, found)
    piece.text = piece.text.slice(start, end)
    starts.set(piece.source, start)
    left -= Math.min(left, end - start)
    omittedChars += length - (end - start)
  }
  const moved = evidence.map((found) => {
    const start = starts.get(found.source) ?? 0
    return { ...found, start: found.start - start, end: found.end - start }
  })
  return { evidence: moved, omittedChars }
}

/** What of a text that is too long is kept: around its evidence where it has some, else its beginning. */
function stretch(length: number, left: number, found: readonly SaidEvidence[]): [number, number] {
  const strongest = found.reduce<SaidEvidence | null>(
    (best, e) => (best === null || e.score > best.score ? e : best),
    null,
  )
  if (strongest === null) return [0, left]
  const start = Math.max(0, Math.min(length, strongest.start) - AROUND_EVIDENCE)
  return [start, Math.min(length, Math.max(start + left, strongest.start + AROUND_EVIDENCE))]
}
