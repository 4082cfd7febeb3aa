import { AppError } from '../../../base/errors.ts'
import { type Ids, systemIds } from '../../../base/ids.ts'
import { type FloeLayout, layoutOfPlaintext, segmentPlace } from './layout.ts'
import { FloeMessage, type SealedSegment } from './message.ts'
import type { FloeParams } from './params.ts'

/** How far ahead of the first position that is still missing one may seal: it bounds what must be remembered. */
export const MAX_POSITIONS_AHEAD = 1024

/**
 * Seals one plaintext of a size that is known beforehand, segment by segment, in any order within a window. So it can't come to what FLOE warns
 * of under random access: no position is sealed twice or left out unnoticed, and nothing follows the last one.
 *
 * @example
 * using encryptor = new FloeEncryptor(key, aad, { sizeBytes: 5, segmentBytes: 64 })
 * const sealed = Buffer.concat([encryptor.header, ...(await encryptor.seal(0, Buffer.from('hello')))])
 * encryptor.finish()
 * @see c2sp.org/FLOE
 */
export class FloeEncryptor implements Disposable {
  /** What the ciphertext begins with: 74 bytes. */
  readonly header: Buffer
  readonly layout: FloeLayout
  readonly #message: FloeMessage
  readonly #ids: Ids
  /** Every position below is taken. */
  #next = 0
  readonly #taken = new Set<number>()

  /**
   * @param key 32 bytes, random, for this one purpose
   * @param aad What the ciphertext belongs to; whoever opens it must give the same bytes.
   * @param params `sizeBytes` of the plaintext
   * @throws {AppError} REQUEST_INVALID
   */
  constructor(
    key: Uint8Array,
    aad: Uint8Array,
    params: FloeParams & { readonly sizeBytes: number },
    ids: Ids = systemIds,
  ) {
    this.#message = FloeMessage.start(key, aad, params, ids)
    this.layout = layoutOfPlaintext(params.sizeBytes, params.segmentBytes)
    this.header = this.#message.header
    this.#ids = ids
  }

  /**
   * @param position from 0
   * @param plaintext exactly the segment's bytes (`segmentPlace`); left unchanged until this resolves
   * @throws {AppError} REQUEST_INVALID for a wrong length or position; CONFLICT for a position that was sealed already or is too far ahead
   */
  async seal(position: number, plaintext: Uint8Array): Promise<SealedSegment> {
    const { plainLength, isFinal } = segmentPlace(this.layout, position)
    if (plaintext.length !== plainLength)
      throw new AppError('REQUEST_INVALID', `segment ${position} holds ${plainLength} bytes, not ${plaintext.length}`)
    this.#take(position)
    return this.#message.seal(position, isFinal, plaintext, this.#ids)
  }

  /** @throws {AppError} CONFLICT when a segment is missing: what was written is no complete ciphertext */
  finish(): void {
    if (this.#next !== this.layout.segmentCount)
      throw new AppError('CONFLICT', `segment ${this.#next} of ${this.layout.segmentCount} was not sealed`)
  }

  [Symbol.dispose](): void {
    this.#message[Symbol.dispose]()
  }

  /** At once and not when it is sealed, so that two callers never get the same position. */
  #take(position: number): void {
    if (position < this.#next || this.#taken.has(position))
      throw new AppError('CONFLICT', `segment ${position} was sealed already`)
    if (position >= this.#next + MAX_POSITIONS_AHEAD)
      throw new AppError('CONFLICT', `segment ${position} is too far ahead of segment ${this.#next}`)
    this.#taken.add(position)
    while (this.#taken.delete(this.#next)) this.#next++
  }
}
