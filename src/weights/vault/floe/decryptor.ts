import { type FloeLayout, layoutOfCiphertext, segmentPlace } from './layout.ts'
import { FloeMessage } from './message.ts'
import type { FloeParams } from './params.ts'

/**
 * Opens the segments of one ciphertext, each by itself and in any order. Which one is the last follows from the ciphertext's size. A ciphertext
 * that was cut at a segment's edge shows when its new last segment is opened; whoever opens only parts must know the size from elsewhere, as
 * `FloeReader` does.
 *
 * @see c2sp.org/FLOE
 */
export class FloeDecryptor implements Disposable {
  readonly layout: FloeLayout
  readonly #message: FloeMessage

  /**
   * @param header hostile: the ciphertext's first 74 bytes
   * @param params `ciphertextBytes` includes the header
   * @throws {AppError} VERIFICATION_FAILED when key, associated data, parameters or size are not those of this ciphertext;
   *   REQUEST_INVALID for a key or parameters that FLOE does not have
   */
  constructor(
    key: Uint8Array,
    aad: Uint8Array,
    header: Uint8Array,
    params: FloeParams & { readonly ciphertextBytes: number },
  ) {
    this.#message = FloeMessage.open(key, aad, params, header)
    this.layout = layoutOfCiphertext(params.ciphertextBytes, params.segmentBytes)
  }

  /**
   * @param segment hostile: the bytes at `segmentPlace(layout, position)`; left unchanged until this resolves
   * @returns its plaintext, authenticated; the caller's to keep
   * @throws {AppError} VERIFICATION_FAILED; REQUEST_INVALID when there is no such position
   */
  async open(position: number, segment: Uint8Array): Promise<Buffer> {
    const { isFinal } = segmentPlace(this.layout, position)
    return this.#message.open(position, isFinal, segment)
  }

  [Symbol.dispose](): void {
    this.#message[Symbol.dispose]()
  }
}
