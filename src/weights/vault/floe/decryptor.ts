import { inlineEngine, type SegmentEngine } from './engine.ts'
import { type FloeLayout, layoutOfCiphertext, runPlace } from './layout.ts'
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
  readonly #engine: SegmentEngine

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
    engine: SegmentEngine = inlineEngine,
  ) {
    this.#engine = engine
    this.#message = FloeMessage.open(key, aad, params, header)
    this.layout = layoutOfCiphertext(params.ciphertextBytes, params.segmentBytes)
  }

  /**
   * Opens segments that follow each other.
   *
   * @param sealed hostile: the bytes at `runPlace(layout, first, count)`; left unchanged until this resolves
   * @param plain where their plaintext goes, authenticated
   * @throws {AppError} VERIFICATION_FAILED; REQUEST_INVALID for segments that there are not, or memory that is not theirs
   */
  async open(first: number, count: number, sealed: Uint8Array, plain: Uint8Array): Promise<void> {
    const { hasFinal } = runPlace(this.layout, first, count)
    await this.#message.open({ first, count, hasFinal, sealed, plain }, this.#engine)
  }

  [Symbol.dispose](): void {
    this.#message[Symbol.dispose]()
  }
}
