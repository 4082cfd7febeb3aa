import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { inlineEngine, type SegmentEngine } from './engine.ts'
import { type FloeLayout, layoutOfPlaintext, runPlace } from './layout.ts'
import { FloeMessage } from './message.ts'
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
  readonly #engine: SegmentEngine

  /** @throws {AppError} VERIFICATION_FAILED when the header was made for something else */
  constructor(
    key: Uint8Array,
    aad: Uint8Array,
    header: Uint8Array,
    params: FloeParams & { readonly sizeBytes: number },
    ids: Ids,
    engine: SegmentEngine = inlineEngine,
  ) {
    this.#engine = engine
    this.#message = FloeMessage.open(key, aad, params, header)
    this.header = this.#message.header
    this.layout = layoutOfPlaintext(params.sizeBytes, params.segmentBytes)
    this.#ids = ids
  }

  /**
   * Seals segments that follow each other.
   *
   * @param plain exactly theirs; left unchanged until this resolves
   * @param sealed where they go; as many bytes as `runPlace` says
   * @param engine another one, for these; what it digests is in the order of the calls
   * @throws {AppError} REQUEST_INVALID for other lengths, or segments that the ciphertext does not have
   */
  async seal(
    first: number,
    count: number,
    plain: Uint8Array,
    sealed: Uint8Array,
    engine: SegmentEngine = this.#engine,
  ): Promise<void> {
    const { sealedBytes, plainBytes, hasFinal } = runPlace(this.layout, first, count)
    if (plain.length !== plainBytes || sealed.length !== sealedBytes)
      throw new AppError('REQUEST_INVALID', `the segments from ${first} hold ${plainBytes} bytes, not ${plain.length}`)
    await this.#message.seal({ first, count, hasFinal, plain, sealed }, engine, this.#ids)
  }

  [Symbol.dispose](): void {
    this.#message[Symbol.dispose]()
  }
}
