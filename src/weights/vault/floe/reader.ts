import { AppError } from '../../../base/errors.ts'
import { BufferRing } from './buffer-ring.ts'
import { FloeDecryptor } from './decryptor.ts'
import type { SegmentEngine } from './engine.ts'
import { HEADER_BYTES } from './header.ts'
import { inOrder } from './in-order.ts'
import { type FloeLayout, layoutOfPlaintext, runPlace } from './layout.ts'
import { checkParams, DEFAULT_SEGMENT_BYTES, SEGMENT_OVERHEAD_BYTES } from './params.ts'
import type { FloeSource } from './source.ts'

/** What is read, decrypted and given out at once: each step costs a trip to another thread. */
const PIECE_BYTES = 1024 * 1024
/** One that is read, two that are decrypted, one that somebody has. */
const PIECES_IN_FLIGHT = 4

/** What `read` gives in one piece at most; `range` has no limit. */
export const MAX_READ_BYTES = 128 * 1024 * 1024

export interface OpenSealed {
  readonly key: Uint8Array
  readonly aad: Uint8Array
  /** Bytes of the plaintext, as the manifest and the associated data have them. */
  readonly sizeBytes: number
  readonly segmentBytes?: number
  /** Stops reads that are under way, with the signal's reason: a grant that was revoked. */
  readonly signal?: AbortSignal
  /** Where it is decrypted; on the caller's thread when left out. */
  readonly engine?: SegmentEngine
}

/**
 * Reads any part of a sealed file in constant memory, decrypting only the segments that hold it. Truncation and extension show when it is
 * opened, since the size is known beforehand; every other change when the segment that has it is read.
 *
 * @example
 * using reader = await FloeReader.open(fileSource(file), { key, aad, sizeBytes })
 * for await (const chunk of reader.range(start, length)) use(chunk)
 */
export class FloeReader implements Disposable {
  readonly sizeBytes: number
  readonly #source: FloeSource
  readonly #decryptor: FloeDecryptor
  readonly #signal: AbortSignal | undefined

  private constructor(source: FloeSource, decryptor: FloeDecryptor, signal: AbortSignal | undefined) {
    this.sizeBytes = decryptor.layout.plaintextBytes
    this.#source = source
    this.#decryptor = decryptor
    this.#signal = signal
  }

  /**
   * @param source hostile
   * @throws {AppError} VERIFICATION_FAILED when it is not the file that key, associated data and size describe; REQUEST_INVALID for a key or
   *   parameters that FLOE does not have
   */
  static async open(source: FloeSource, options: OpenSealed): Promise<FloeReader> {
    const { key, aad, sizeBytes, segmentBytes = DEFAULT_SEGMENT_BYTES, signal, engine } = options
    checkParams(key, { segmentBytes })
    const { ciphertextBytes } = layoutOfPlaintext(sizeBytes, segmentBytes)
    signal?.throwIfAborted()
    if ((await source.size()) !== ciphertextBytes) throw cut()
    const header = Buffer.alloc(HEADER_BYTES)
    if ((await source.read(header, 0)) !== HEADER_BYTES) throw cut()
    return new FloeReader(
      source,
      new FloeDecryptor(key, aad, header, { segmentBytes, ciphertextBytes }, engine),
      signal,
    )
  }

  /**
   * Plaintext from `start`, in order, about a mebibyte at a time, reading ahead of whoever takes it. A piece is good until the next one is asked for.
   *
   * @throws {AppError} REQUEST_INVALID for a range outside of the file; VERIFICATION_FAILED at the first piece with a segment that does not
   *   authenticate
   */
  async *range(start: number, length: number): AsyncGenerator<Buffer, void, undefined> {
    const { layout } = this.#decryptor
    checkRange(layout, start, length)
    if (length === 0) return
    const perSegment = layout.segmentBytes - SEGMENT_OVERHEAD_BYTES
    const first = Math.floor(start / perSegment)
    const count = Math.floor((start + length - 1) / perSegment) + 1 - first
    const perPiece = Math.min(count, Math.max(1, Math.floor(PIECE_BYTES / layout.segmentBytes)))
    const pieces = Math.ceil(count / perPiece)
    using buffers = new BufferRing(PIECES_IN_FLIGHT, 2 * perPiece * layout.segmentBytes)
    let plainOffset = first * perSegment
    const opened = inOrder(pieces, PIECES_IN_FLIGHT, (index) => {
      const from = index * perPiece
      return this.#open(first + from, Math.min(perPiece, count - from), buffers.at(index))
    })
    for await (const plaintext of opened) {
      this.#signal?.throwIfAborted() // what was opened ahead is not given out either
      yield plaintext.subarray(Math.max(0, start - plainOffset), start + length - plainOffset)
      plainOffset += plaintext.length
    }
  }

  /** As `range`, in one piece. @throws {AppError} also REQUEST_INVALID for more than {@link MAX_READ_BYTES} */
  async read(start: number, length: number): Promise<Buffer> {
    checkRange(this.#decryptor.layout, start, length)
    if (length > MAX_READ_BYTES)
      throw new AppError('REQUEST_INVALID', `one read gives at most ${MAX_READ_BYTES} bytes: read it in parts`)
    const out = Buffer.allocUnsafeSlow(length)
    let at = 0
    for await (const chunk of this.range(start, length)) {
      out.set(chunk, at)
      at += chunk.length
    }
    return out
  }

  [Symbol.dispose](): void {
    this.#decryptor[Symbol.dispose]()
  }

  async #open(first: number, count: number, buffer: Buffer): Promise<Buffer> {
    this.#signal?.throwIfAborted()
    const { offset, sealedBytes, plainBytes } = runPlace(this.#decryptor.layout, first, count)
    const sealed = buffer.subarray(0, sealedBytes)
    if ((await this.#source.read(sealed, offset)) !== sealedBytes) throw cut()
    const plain = buffer.subarray(sealedBytes, sealedBytes + plainBytes)
    await this.#decryptor.open(first, count, sealed, plain)
    return plain
  }
}

function checkRange({ plaintextBytes }: FloeLayout, start: number, length: number): void {
  if (
    !Number.isSafeInteger(start) ||
    !Number.isSafeInteger(length) ||
    start < 0 ||
    length < 0 ||
    start > plaintextBytes - length
  )
    throw new AppError('REQUEST_INVALID', 'this range is not within the file')
}

function cut(): AppError {
  return new AppError('VERIFICATION_FAILED', 'the sealed file does not have its size: it was cut or extended')
}
