import type { Exchange } from '../../exchange/exchange.ts'
import type { Segment } from '../classifier.ts'

/**
 * How far the streamed answers to each exchange were judged, so that the words which successive windows share are encoded once. Forgets
 * an exchange with its last reference.
 */
export class StreamMemory {
  readonly #judged = new WeakMap<Exchange, Map<string, number>>()

  /**
   * Characters at the start of a segment that were judged before. Only a window that goes on with a stream (offset above 0) has any: one
   * at offset 0 is, or may be, the start of another answer.
   */
  judgedOf(exchange: Exchange, { source, offset }: Segment): number {
    if (offset === 0) return 0
    return Math.max(0, (this.#judged.get(exchange)?.get(source) ?? 0) - offset)
  }

  /**
   * Notes that these windows were judged by every stage that should judge them. Those at offset 0 are left out: an answer that came whole
   * has no others, so that only streams are remembered; what follows the first windows of a stream is read with some of them again.
   */
  mark(exchange: Exchange, segments: readonly Segment[]): void {
    if (segments.every(({ offset }) => offset === 0)) return
    let tracks = this.#judged.get(exchange)
    if (tracks === undefined) {
      tracks = new Map()
      this.#judged.set(exchange, tracks)
    }
    for (const { source, offset, text } of segments) tracks.set(source, offset + text.length)
  }
}
