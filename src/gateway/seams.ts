import type { Segment, TextKind } from '../screening/index.ts'

/** Characters on each side of a seam that are read together: as much as the windows of a stream overlap by default. */
const SEAM_CHARS = 512
const RUNNING_KINDS: ReadonlySet<TextKind> = new Set(['text', 'reasoning', 'tool_result', 'refusal'])

/**
 * Pieces that a model or a person reads as one text although they stand in several strings: the text parts of a turn, the text blocks
 * of an answer. Whatever is split between two of them would be whole in neither, so the text around each seam is judged too.
 * At most twice the length of `pieces` in all; nothing where there is one piece.
 *
 * @param runOf which pieces belong together, in their order; null for those that stand alone.
 */
export function seamsOf(pieces: readonly Segment[], runOf: (piece: Segment) => string | null): Segment[] {
  if (pieces.length < 2) return []
  const seams: Segment[] = []
  const open = new Map<string, { first: Segment; text: string; pieces: number }>()
  const end = (run: { first: Segment; text: string; pieces: number } | undefined) => {
    if (run !== undefined && run.pieces > 1) seams.push({ ...run.first, text: run.text, offset: 0 })
  }
  for (const piece of pieces) {
    const name = RUNNING_KINDS.has(piece.kind) ? runOf(piece) : null
    if (name === null) continue
    const run = open.get(name) ?? { first: piece, text: '', pieces: 0 }
    run.pieces++
    if (piece.text.length <= 2 * SEAM_CHARS) {
      run.text += piece.text
      open.set(name, run)
      continue
    }
    run.text += piece.text.slice(0, SEAM_CHARS)
    end(run)
    open.set(name, { first: piece, text: piece.text.slice(-SEAM_CHARS), pieces: 1 })
  }
  for (const run of open.values()) end(run)
  return seams
}

/**
 * Which run a track of an answer belongs to: tracks that differ only in the index of their block follow each other in one text, those
 * of different choices do not. Null for a track that no other continues.
 */
export function runOfTrack(track: string, kind: TextKind): string | null {
  if (!RUNNING_KINDS.has(kind)) return null
  const choice = /^choice \d+/.exec(track)?.[0] ?? ''
  const rest = track.slice(choice.length)
  const blockless = rest.replace(/ \d+/g, '')
  return blockless === rest ? null : `${kind} ${choice}${blockless}`
}
