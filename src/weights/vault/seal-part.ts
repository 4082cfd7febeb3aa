import { AppError } from '../../base/errors.ts'
import { type FloePartSealer, segmentPlace } from './floe/index.ts'
import type { DigestTurn } from './running-digests.ts'
import type { PartSink } from './stores/store.ts'

/** Sealed bytes that are written at once: each writing costs a trip to another thread. */
const BATCH_BYTES = 1024 * 1024
const WRITES_IN_FLIGHT = 2

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
  const bytes = new ByteReader(body)
  const writer = new BatchWriter(sink)
  const buffer = Buffer.allocUnsafeSlow(Math.min(layout.segmentBytes, layout.plaintextBytes))
  try {
    if (first === 0) await writer.write([sealer.header])
    for (let position = first; position < first + count; position++) {
      const plaintext = buffer.subarray(0, segmentPlace(layout, position).plainLength)
      await bytes.fill(plaintext)
      turn?.update(plaintext)
      await writer.write(sealer.seal(position, plaintext))
    }
    await bytes.end()
    await writer.end()
  } finally {
    buffer.fill(0)
    await writer.settled()
    await bytes.close()
  }
}

/** Gathers what is sealed and writes it in order, while more is sealed. */
class BatchWriter {
  readonly #sink: PartSink
  #batch: Buffer[] = []
  #batchBytes = 0
  /** Each waits for the one before it. */
  readonly #writes: Promise<void>[] = []

  constructor(sink: PartSink) {
    this.#sink = sink
  }

  /** Waits when too much is under way. */
  async write(buffers: readonly Buffer[]): Promise<void> {
    for (const buffer of buffers) {
      this.#batch.push(buffer)
      this.#batchBytes += buffer.length
    }
    if (this.#batchBytes >= BATCH_BYTES) this.#flush()
    while (this.#writes.length > WRITES_IN_FLIGHT) await this.#writes.shift()
  }

  async end(): Promise<void> {
    this.#flush()
    while (this.#writes.length > 0) await this.#writes.shift()
  }

  /** Resolves when nothing is being written any more, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writes)
  }

  #flush(): void {
    const batch = this.#batch
    if (batch.length === 0) return
    this.#batch = []
    this.#batchBytes = 0
    const before = this.#writes.at(-1)
    const write = (async () => {
      await before
      await this.#sink.write(batch)
    })()
    write.catch(() => {}) // told to who waits; until then it must not count as unhandled
    this.#writes.push(write)
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
