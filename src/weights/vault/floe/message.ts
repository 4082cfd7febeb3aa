import { createHmac, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import type { SegmentEngine } from './engine.ts'
import { encodeHeader, encodeParams, HEADER_TAG_BYTES, parseHeader } from './header.ts'
import {
  AEAD_IV_BYTES,
  checkParams,
  FLOE_IV_BYTES,
  type FloeParams,
  KEY_BYTES,
  MESSAGE_KEY_BYTES,
  ROTATION_BITS,
  SEGMENT_OVERHEAD_BYTES,
} from './params.ts'
import type { SegmentJob } from './segment.ts'

/** Readers at two places and the segments in flight around a change of keys need few; more would only keep keys in memory. */
const KEYS_KEPT = 4

/** Segments that follow each other, full but for the last one of the ciphertext, and the memory that they are in. */
export type SegmentBatch = Pick<SegmentJob, 'first' | 'count' | 'hasFinal' | 'plain' | 'sealed'>

/**
 * One ciphertext's state: the random-access functions of FLOE ("Semi-Public Functions"), to build safe classes on. Nothing here keeps a caller
 * from sealing a position twice or leaving one out.
 */
export class FloeMessage implements Disposable {
  readonly header: Buffer
  readonly #messageKey: Buffer
  /** PARAM_ENCODE(params) ‖ iv: what every derivation begins with. */
  readonly #prefix: Buffer
  readonly #aad: Buffer
  readonly #segmentBytes: number
  readonly #keySpan: number
  readonly #keys = new Map<number, Buffer>()
  #closed = false

  private constructor(key: Uint8Array, aad: Buffer, params: FloeParams, iv: Buffer, expectedTag: Buffer | null) {
    this.#prefix = Buffer.concat([encodeParams(params.segmentBytes), iv])
    this.#aad = aad
    this.#segmentBytes = params.segmentBytes
    this.#keySpan = 2 ** (params.rotationBits ?? ROTATION_BITS)
    const tag = this.#derive(key, 'HEADER_TAG:', HEADER_TAG_BYTES)
    if (expectedTag !== null && !timingSafeEqual(tag, expectedTag))
      throw new AppError(
        'VERIFICATION_FAILED',
        'the sealed file is not the one that was asked for, or its key is another',
      )
    this.header = encodeHeader({ segmentBytes: params.segmentBytes, iv, tag })
    this.#messageKey = this.#derive(key, 'MESSAGE_KEY:', MESSAGE_KEY_BYTES)
  }

  /**
   * `startEncryption`
   *
   * @param key 32 bytes
   * @param aad What the ciphertext belongs to; it opens with the same bytes only.
   * @throws {AppError} REQUEST_INVALID
   */
  static start(key: Uint8Array, aad: Uint8Array, params: FloeParams, ids: Ids): FloeMessage {
    checkParams(key, params)
    return new FloeMessage(key, Buffer.from(aad), params, ids.bytes(FLOE_IV_BYTES), null)
  }

  /**
   * `startDecryption`
   *
   * @param header hostile
   * @throws {AppError} VERIFICATION_FAILED when the header was made with another key, associated data or parameters
   */
  static open(key: Uint8Array, aad: Uint8Array, params: FloeParams, header: Uint8Array): FloeMessage {
    checkParams(key, params)
    const { segmentBytes, iv, tag } = parseHeader(header)
    if (segmentBytes !== params.segmentBytes)
      throw new AppError(
        'VERIFICATION_FAILED',
        `the sealed file has segments of ${segmentBytes} bytes, which is not expected`,
      )
    return new FloeMessage(key, Buffer.from(aad), params, Buffer.from(iv), tag)
  }

  /**
   * `encryptSegment` for segments that follow each other.
   *
   * @param batch `plain` is left unchanged until this resolves; `sealed` is where they go
   */
  async seal(batch: SegmentBatch, engine: SegmentEngine, ids: Ids): Promise<void> {
    const segmentBytes = this.#segmentBytes
    const running = [...this.#byKey(batch)].map((piece) => {
      for (let i = 0; i < piece.count; i++) piece.sealed.set(ids.bytes(AEAD_IV_BYTES), i * segmentBytes + 4)
      // All are handed over before anything else is: an engine that digests needs them in order.
      return engine.run({ ...piece, kind: 'seal', key: this.#segmentKey(piece.first), segmentBytes })
    })
    await Promise.allSettled(running) // the memory is in use until then
    await Promise.all(running)
  }

  /**
   * `decryptSegment` for segments that follow each other.
   *
   * @param batch `sealed` is hostile, and left unchanged until this resolves; `plain` is where they go
   * @throws {AppError} VERIFICATION_FAILED; nothing that does not authenticate is in `plain`
   */
  async open(batch: SegmentBatch, engine: SegmentEngine): Promise<void> {
    for (const piece of this.#byKey(batch)) {
      const key = this.#segmentKey(piece.first)
      const damaged = await engine.run({ ...piece, kind: 'open', key, segmentBytes: this.#segmentBytes })
      if (damaged !== null) throw unauthentic(damaged)
    }
  }

  /** Forgets the keys; whatever is asked for afterwards is refused. */
  [Symbol.dispose](): void {
    this.#closed = true
    this.#messageKey.fill(0)
    for (const key of this.#keys.values()) key.fill(0)
    this.#keys.clear()
  }

  /** Pieces with one key each. @throws {AppError} REQUEST_INVALID when the memory is not that of the segments */
  *#byKey({ first, count, hasFinal, plain, sealed }: SegmentBatch): Generator<SegmentBatch> {
    const perSegment = this.#segmentBytes - SEGMENT_OVERHEAD_BYTES
    const lastPlain = plain.length - (count - 1) * perSegment
    const fits = hasFinal ? lastPlain >= 0 && lastPlain <= perSegment : lastPlain === perSegment
    if (count < 1 || !fits || sealed.length !== plain.length + count * SEGMENT_OVERHEAD_BYTES)
      throw new AppError('REQUEST_INVALID', 'these are not the bytes of these segments')
    for (let at = first; at < first + count; ) {
      const next = Math.min(first + count, at - (at % this.#keySpan) + this.#keySpan)
      const isEnd = next === first + count
      const [from, to] = [at - first, next - first]
      yield {
        first: at,
        count: to - from,
        hasFinal: hasFinal && isEnd,
        plain: plain.subarray(from * perSegment, isEnd ? plain.length : to * perSegment),
        sealed: sealed.subarray(from * this.#segmentBytes, isEnd ? sealed.length : to * this.#segmentBytes),
      }
      at = next
    }
  }

  /** `DERIVE_KEY`: one key for each 2^20 positions. */
  #segmentKey(position: number): Buffer {
    if (this.#closed) throw new AppError('CONFLICT', 'this sealed file is closed')
    const first = position - (position % this.#keySpan)
    const known = this.#keys.get(first)
    if (known !== undefined) return known
    const purpose = Buffer.concat([Buffer.from('DEK:'), bigEndian64(first)])
    const key = this.#derive(this.#messageKey, purpose, KEY_BYTES)
    for (const old of this.#keys.keys()) if (this.#keys.size >= KEYS_KEPT) this.#keys.delete(old)
    this.#keys.set(first, key)
    return key
  }

  /** `FLOE_KDF`: HKDF-Expand (RFC 5869 §2.3), of which the first block suffices: SHA-384 gives 48 bytes, and FLOE asks for no more. */
  #derive(key: Uint8Array, purpose: Uint8Array | string, length: number): Buffer {
    const hmac = createHmac('sha384', key).update(this.#prefix).update(purpose).update(this.#aad)
    return hmac.update(Buffer.of(1)).digest().subarray(0, length)
  }
}

/** `I2BE(value, 8)` */
function bigEndian64(value: number): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(BigInt(value))
  return out
}

function unauthentic(position: number): AppError {
  return new AppError(
    'VERIFICATION_FAILED',
    `segment ${position} does not authenticate: it was changed, moved, cut or sealed for something else`,
  )
}
