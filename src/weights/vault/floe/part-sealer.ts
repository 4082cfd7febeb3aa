import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { type FloeLayout, layoutOfPlaintext, segmentPlace } from './layout.ts'
import { FloeMessage, type SealedSegment } from './message.ts'
import type { FloeParams } from './params.ts'

/** The header of a ciphertext that is sealed in parts, perhaps by several processes. @returns 74 bytes, which are no secret */
export function newFloeHeader(key: Uint8Array, aad: Uint8Array, params: FloeParams, ids: Ids): Buffer {
  using message = FloeMessage.start(key, aad, params, ids)
  return message.header
}

/**
 * Seals parts of a ciphertext whose header was made before. Unlike `FloeEncryptor` it can't know what others have sealed: whoever uses it sees to
 * it that of each position one sealing is kept, and that none is left out.
 */
export class FloePartSealer implements Disposable {
  readonly header: Buffer
  readonly layout: FloeLayout
  readonly #message: FloeMessage
  readonly #ids: Ids

  /** @throws {AppError} VERIFICATION_FAILED when the header was made for something else */
  constructor(
    key: Uint8Array,
    aad: Uint8Array,
    header: Uint8Array,
    params: FloeParams & { readonly sizeBytes: number },
    ids: Ids,
  ) {
    this.#message = FloeMessage.open(key, aad, params, header)
    this.header = this.#message.header
    this.layout = layoutOfPlaintext(params.sizeBytes, params.segmentBytes)
    this.#ids = ids
  }

  /** @param plaintext exactly the segment's. @throws {AppError} REQUEST_INVALID for another length or no such position */
  seal(position: number, plaintext: Uint8Array): SealedSegment {
    const { plainLength, isFinal } = segmentPlace(this.layout, position)
    if (plaintext.length !== plainLength)
      throw new AppError('REQUEST_INVALID', `segment ${position} holds ${plainLength} bytes, not ${plaintext.length}`)
    return this.#message.seal(position, isFinal, plaintext, this.#ids)
  }

  [Symbol.dispose](): void {
    this.#message[Symbol.dispose]()
  }
}
