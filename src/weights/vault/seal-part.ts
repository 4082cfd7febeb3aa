import { AppError } from '../../base/errors.ts'
import { BufferRing, type FloePartSealer, runPlace } from './floe/index.ts'
import type { DigestTurn } from './running-digests.ts'
import type { PartSink } from './stores/store.ts'

/** What is read, encrypted and written at once: each step costs a trip to another thread. */
const PIECE_BYTES = 1024 * 1024
/** One that is filled, some that are digested and encrypted, one that is written. */
const PIECES_IN_FLIGHT = 3

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
 * Seals one part of a file from a stream of its plaintext into a store, in constant memory: while one segment is read, digested and encrypted,
 * others are written, in order. Ends when all is written, or when nothing is running any more.
 *
 * @throws {AppError} REQUEST_INVALID when the stream has less or more than the part; what the stream or the store throws
 */
export async function sealPart({ sealer, first, count, body, sink, turn }: SealPart): Promise<void> {
  const { layout } = sealer
  const perPiece = Math.max(1, Math.min(count, Math.floor(PIECE_BYTES / layout.segmentBytes)))
  using buffers = new BufferRing(PIECES_IN_FLIGHT, 2 * perPiece * layout.segmentBytes)
  const bytes = new ByteReader(body)
  const written: Promise<void>[] = [first === 0 ? sink.write([sealer.header]) : Promise.resolve()]
  try {
    for (let from = 0; from < count; from += perPiece) {
      const index = written.length - 1
      await written[index - PIECES_IN_FLIGHT + 1] // whose buffer this is
      const buffer = buffers.at(index)
      const position = first + from
      const segments = Math.min(perPiece, count - from)
      const { sealedBytes, plainBytes } = runPlace(layout, position, segments)
      const plain = buffer.subarray(0, plainBytes)
      const sealed = buffer.subarray(plainBytes, plainBytes + sealedBytes)
      await bytes.fill(plain)
      const working = sealer.seal(position, segments, plain, sealed, turn?.engine)
      written.push(writeAfter(written[index], working, () => sink.write([sealed])))
    }
    await bytes.end()
    turn?.pass() // the next part is read while this one's last pieces are written
    await written.at(-1)
  } finally {
    await Promise.allSettled(written)
    await bytes.close()
  }
}

/** In order: after what is before it, and once it is sealed. */
function writeAfter(
  before: Promise<void> | undefined,
  working: Promise<void>,
  write: () => Promise<void>,
): Promise<void> {
  const done = (async () => {
    await Promise.allSettled([before, working]) // the buffer is in use until then
    await Promise.all([before, working])
    await write()
  })()
  done.catch(() => {}) // told to who waits; until then it must not count as unhandled
  return done
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
