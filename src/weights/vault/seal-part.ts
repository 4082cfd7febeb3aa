import { AppError } from '../../base/errors.ts'
import { BufferRing, type FloePartSealer, segmentPlace } from './floe/index.ts'
import type { DigestTurn } from './running-digests.ts'
import type { PartSink } from './stores/store.ts'

/** Enough for reading, sealing, digesting and writing at once on a few cores. */
const SEGMENTS_IN_FLIGHT = 8

export interface SealPart {
  readonly sealer: FloePartSealer
  /** The first segment of the part. */
  readonly first: number
  /** Segments. */
  readonly count: number
  /** Plaintext; hostile: exactly the part's bytes, or it is refused. */
  readonly body: AsyncIterable<Uint8Array>
  readonly sink: PartSink
  /** The file's digest, where it is this part's turn. */
  readonly turn: DigestTurn | null
}

/**
 * Seals one part of a file from a stream of its plaintext into a store, in constant memory: while one segment is read and digested, others are
 * encrypted and written, in order. Ends when all is written, or when nothing is running any more.
 *
 * @throws {AppError} REQUEST_INVALID when the stream has less or more than the part; what the stream or the store throws
 */
export async function sealPart({ sealer, first, count, body, sink, turn }: SealPart): Promise<void> {
  const { layout } = sealer
  const bytes = new ByteReader(body)
  const buffers = new BufferRing(
    Math.min(SEGMENTS_IN_FLIGHT, count),
    Math.min(layout.segmentBytes, layout.plaintextBytes),
  )
  const written: Promise<void>[] = [first === 0 ? sink.write([sealer.header]) : Promise.resolve()]
  try {
    for (let index = 0; index < count; index++) {
      if (index >= SEGMENTS_IN_FLIGHT) await written[index - SEGMENTS_IN_FLIGHT + 1]
      const plaintext = buffers.at(index).subarray(0, segmentPlace(layout, first + index).plainLength)
      await bytes.fill(plaintext)
      turn?.update(plaintext)
      const segment = sealer.seal(first + index, plaintext)
      const before = written[index]
      const writing = segment.then(async (buffers) => {
        await before
        await sink.write(buffers)
      })
      writing.catch(() => {}) // told below; until then it must not count as unhandled
      written.push(writing)
    }
    await bytes.end()
    await written.at(-1)
  } finally {
    await Promise.allSettled(written)
    buffers.wipe()
    await bytes.close()
  }
}

/** A stream of chunks of any size, read in pieces of a given size. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)
  #isOver = false

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]()
  }

  async fill(into: Uint8Array): Promise<void> {
    let at = 0
    while (at < into.length) {
      if (this.#rest.length === 0 && !(await this.#more()))
        throw new AppError('REQUEST_INVALID', 'the part has fewer bytes than it must')
      const piece = this.#rest.subarray(0, into.length - at)
      into.set(piece, at)
      at += piece.length
      this.#rest = this.#rest.subarray(piece.length)
    }
  }

  async end(): Promise<void> {
    while (this.#rest.length === 0) if (!(await this.#more())) return
    throw new AppError('REQUEST_INVALID', 'the part has more bytes than it may')
  }

  /** Tells the stream that nobody reads on. */
  async close(): Promise<void> {
    if (!this.#isOver) await this.#chunks.return?.().catch(() => {})
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done === true) {
      this.#isOver = true
      return false
    }
    this.#rest = value
    return true
  }
}
