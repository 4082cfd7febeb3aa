import { AppError } from '../../../base/errors.ts'
import { FloeDecryptor } from './decryptor.ts'
import { HEADER_BYTES } from './header.ts'
import { BufferRing, inOrder } from './in-order.ts'
import { type FloeLayout, layoutOfPlaintext, segmentPlace } from './layout.ts'
import { checkParams, DEFAULT_SEGMENT_BYTES, SEGMENT_OVERHEAD_BYTES } from './params.ts'
import type { FloeSource } from './source.ts'

const SEGMENTS_IN_FLIGHT = 8

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
    const { key, aad, sizeBytes, segmentBytes = DEFAULT_SEGMENT_BYTES, signal } = options
    checkParams(key, { segmentBytes })
    const { ciphertextBytes } = layoutOfPlaintext(sizeBytes, segmentBytes)
    signal?.throwIfAborted()
    if ((await source.size()) !== ciphertextBytes) throw cut()
    const header = Buffer.alloc(HEADER_BYTES)
    if ((await source.read(header, 0)) !== HEADER_BYTES) throw cut()
    return new FloeReader(source, new FloeDecryptor(key, aad, header, { segmentBytes, ciphertextBytes }), signal)
  }

  /**
   * Plaintext from `start`, in order, at most a segment at a time, reading ahead of whoever takes it.
   *
   * @throws {AppError} REQUEST_INVALID for a range outside of the file; VERIFICATION_FAILED at the first segment that does not authenticate
   */
  async *range(start: number, length: number): AsyncGenerator<Buffer, void, undefined> {
    const { layout } = this.#decryptor
    checkRange(layout, start, length)
    if (length === 0) return
    const perSegment = layout.segmentBytes - SEGMENT_OVERHEAD_BYTES
    const first = Math.floor(start / perSegment)
    const last = Math.floor((start + length - 1) / perSegment)
    const buffers = new BufferRing(SEGMENTS_IN_FLIGHT, layout.segmentBytes)
    let plainOffset = first * perSegment
    const opened = inOrder(last - first + 1, SEGMENTS_IN_FLIGHT, (index) =>
      this.#segment(first + index, buffers.at(index)),
    )
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

  async #segment(position: number, buffer: Buffer): Promise<Buffer> {
    this.#signal?.throwIfAborted()
    const { offset, length } = segmentPlace(this.#decryptor.layout, position)
    const segment = buffer.subarray(0, length)
    if ((await this.#source.read(segment, offset)) !== length) throw cut()
    return this.#decryptor.open(position, segment)
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
