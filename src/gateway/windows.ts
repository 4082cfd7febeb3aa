import type { Segment } from '../screening/index.ts'
import type { TrackText } from './dialects/dialect.ts'

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
 */
export class VerifiedWindows {
  readonly #options: WindowOptions
  readonly #tracks = new Map<string, Track>()

  constructor(options: WindowOptions) {
    // A window must hold everything that is still here, or a span could pass between two of them.
    this.#options = { ...options, overlapChars: Math.max(options.overlapChars, options.holdBackChars) }
  }

  /** Adds text; returns the marks that must be reached before the event that carried it may leave. */
  append(texts: readonly TrackText[]): Mark[] {
    return texts.map(({ track: name, kind, text }) => {
      let track = this.#tracks.get(name)
      if (track === undefined) {
        track = new Track(name, kind)
        this.#tracks.set(name, track)
      }
      track.append(text)
      return { track, end: track.total }
    })
  }

  close(name: string): void {
    this.#tracks.get(name)?.close()
  }

  closeAll(): void {
    for (const track of this.#tracks.values()) track.close()
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

/** One run of text: only its unjudged end and the overlap before it are kept. */
export class Track {
  readonly name: string
  readonly #kind: Segment['kind']
  #kept = ''
  #keptFrom = 0
  judged = 0
  closed = false

  constructor(name: string, kind: Segment['kind']) {
    this.name = name
    this.#kind = kind
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

  close(): void {
    this.closed = true
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

  releasable(holdBackChars: number): number {
    return this.closed ? this.judged : this.judged - holdBackChars
  }
}
