import type { Segment } from '../screening/index.ts'
import type { TrackText } from './dialects/dialect.ts'
import { runOfTrack } from './seams.ts'

/** How a streamed answer is judged and released. All lengths in UTF-16 code units ("characters"). */
export interface WindowOptions {
  /**
   * `hold` releases text once the window that holds it was judged, less `holdBackChars`; `whole` releases nothing before everything
   * was judged; `tail` releases at once and judges after (it leaks by design).
   */
  readonly mode: 'hold' | 'whole' | 'tail'
  /** New characters that make a window ready to be judged. */
  readonly windowChars: number
  /** Judged characters that stay back until more is judged. */
  readonly holdBackChars: number
  /** Judged characters that are judged again together with the new ones. */
  readonly overlapChars: number
}

/**
 * The judged-up-to and may-leave-up-to marks of every track of one streamed answer.
 *
 * Leak bound. Let a harmful span be found once the window that holds its end has been judged. Before that window no character past
 * `end - 1 - holdBackChars` has left. So of a span of S characters at most `max(0, S - holdBackChars)` leave in `hold`, 0 in `whole`;
 * in `tail` everything that came before the verdict does: up to `windowChars` plus one upstream event.
 *
 * Blocks that follow each other in one text (text block 0, text block 1) are tracks of one run: a track begins with the end of the one
 * before it as context, and what ends a block stays back until the next one shows how it goes on, something else begins or all ends.
 */
export class VerifiedWindows {
  readonly #options: WindowOptions
  readonly #tracks = new Map<string, Track>()
  /** The newest track of each run. */
  readonly #newest = new Map<string, Track>()
  /** Closed tracks that the next block may still continue. */
  readonly #ajar = new Set<Track>()

  constructor(options: WindowOptions) {
    // A window must hold everything that is still here, or a span could pass between two of them.
    this.#options = { ...options, overlapChars: Math.max(options.overlapChars, options.holdBackChars) }
  }

  /** Adds text; returns the marks that must be reached before the event that carried it may leave. */
  append(texts: readonly TrackText[]): Mark[] {
    return texts.map(({ track: name, kind, text }) => {
      const track = this.#tracks.get(name) ?? this.#begin(name, kind)
      track.append(text)
      this.#ajar.delete(track)
      if (kind !== 'other') this.#shutOthers(track)
      return { track, end: track.total }
    })
  }

  #begin(name: string, kind: Segment['kind']): Track {
    const run = runOfTrack(name, kind)
    const before = run === null ? undefined : this.#newest.get(run)
    const track = new Track(name, kind, run, before?.tail(this.#options.overlapChars))
    this.#tracks.set(name, track)
    if (run !== null) this.#newest.set(run, track)
    if (before !== undefined) {
      before.next = track
      this.#ajar.delete(before)
    }
    return track
  }

  /** Text of another run follows: those that ended before it are not continued. */
  #shutOthers(track: Track): void {
    for (const other of this.#ajar) {
      if (other.run === track.run) continue
      other.shut = true
      this.#ajar.delete(other)
    }
  }

  close(name: string): void {
    const track = this.#tracks.get(name)
    if (track === undefined) return
    track.closed = true
    if (track.run === null || track.next !== null) return
    if (!track.shut) this.#ajar.add(track)
  }

  closeAll(): void {
    this.#ajar.clear()
    for (const track of this.#tracks.values()) {
      track.closed = true
      track.shut = true
    }
  }

  /** The windows that are due now: full ones and those of closed tracks. */
  due(): Segment[] {
    const segments: Segment[] = []
    for (const track of this.#tracks.values()) {
      if (track.unjudged >= this.#options.windowChars || (track.closed && track.unjudged > 0)) {
        segments.push(track.window(this.#options.overlapChars))
      }
    }
    return segments
  }

  /** To be called when the windows from `due` were judged harmless (or only flagged). */
  markJudged(segments: readonly Segment[]): void {
    for (const segment of segments) {
      this.#tracks.get(segment.source)?.markJudged(segment.offset + segment.text.length, this.#options.overlapChars)
    }
  }

  /** Whether an event with these marks may leave now. `complete`: the upstream has ended and everything is judged. */
  mayLeave(marks: readonly Mark[], complete: boolean): boolean {
    const { mode, holdBackChars } = this.#options
    if (mode === 'tail') return true
    if (mode === 'whole') return complete
    return marks.every(({ track, end }) => end <= track.releasable(holdBackChars))
  }

  /** How many characters of a track may leave now, from its start. */
  leaving(name: string, complete: boolean): number {
    const track = this.#tracks.get(name)
    if (track === undefined) return 0
    const { mode, holdBackChars } = this.#options
    if (complete || mode === 'tail') return track.total
    return mode === 'whole' ? 0 : track.releasable(holdBackChars)
  }

  /** Characters that were judged, over all tracks. */
  get judgedChars(): number {
    let sum = 0
    for (const track of this.#tracks.values()) sum += track.judged
    return sum
  }
}

/** A position on a track. */
export interface Mark {
  readonly track: Track
  readonly end: number
}

/** The text of one block: only its unjudged end and the overlap before it are kept. */
export class Track {
  readonly name: string
  /** What its block is a piece of; null when no other block continues it. */
  readonly run: string | null
  readonly #kind: Segment['kind']
  #kept: string
  #keptFrom: number
  judged = 0
  /** It gets no more text. */
  closed = false
  /** Nor does any other block continue it. */
  shut: boolean
  /** The block that continues it. */
  next: Track | null = null

  /** @param context the end of the block before it: judged again with what follows it, never released from here. */
  constructor(name: string, kind: Segment['kind'], run: string | null, context = '') {
    this.name = name
    this.run = run
    this.#kind = kind
    this.#kept = context
    this.#keptFrom = -context.length
    this.shut = run === null
  }

  get total(): number {
    return this.#keptFrom + this.#kept.length
  }

  get unjudged(): number {
    return this.total - this.judged
  }

  append(text: string): void {
    this.#kept += text
    // Text after a closing event is not lost: the track opens again and its window is judged like any other.
    if (text.length > 0) this.closed = false
  }

  /** Its last characters, and where it is short those of the blocks before it. */
  tail(chars: number): string {
    return this.#kept.slice(-chars)
  }

  window(overlapChars: number): Segment {
    const from = Math.max(this.#keptFrom, this.judged - overlapChars)
    const text = this.#kept.slice(from - this.#keptFrom)
    return { text, role: 'assistant', kind: this.#kind, source: this.name, offset: from }
  }

  markJudged(upTo: number, overlapChars: number): void {
    this.judged = Math.max(this.judged, upTo)
    const keepFrom = Math.max(this.#keptFrom, this.judged - overlapChars)
    this.#kept = this.#kept.slice(keepFrom - this.#keptFrom)
    this.#keptFrom = keepFrom
  }

  /** How many of its characters may leave: all that is judged, less what must stay back until more of its run was judged. */
  releasable(holdBackChars: number): number {
    let back = holdBackChars
    for (let last: Track = this; ; ) {
      if (last !== this) back -= last.judged
      if (back <= 0 || (last.closed && last.shut && last.unjudged === 0)) return this.judged
      if (!last.closed || last.next === null) return this.judged - back
      last = last.next
    }
  }
}
