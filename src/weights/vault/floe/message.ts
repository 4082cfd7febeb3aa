import { createHmac, timingSafeEqual, webcrypto } from 'node:crypto'
import { AppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { encodeHeader, encodeParams, HEADER_TAG_BYTES, parseHeader } from './header.ts'
import {
  AEAD_IV_BYTES,
  AEAD_TAG_BYTES,
  checkParams,
  FLOE_IV_BYTES,
  type FloeParams,
  KEY_BYTES,
  MESSAGE_KEY_BYTES,
  ROTATION_BITS,
  SEGMENT_OVERHEAD_BYTES,
} from './params.ts'

const NOT_FINAL = 0xffff_ffff
const BODY_AT = 4 + AEAD_IV_BYTES
/** Readers at two places and the segments in flight around a change of keys need few; more would only keep keys in memory. */
const KEYS_KEPT = 4

/** A sealed segment in two parts that are written one after the other: length and IV (16 bytes), ciphertext and tag. */
export type SealedSegment = readonly [head: Buffer, body: Buffer]

/**
 * One ciphertext's state: the random-access functions of FLOE ("Semi-Public Functions"), to build safe classes on. Nothing here keeps a caller
 * from sealing a position twice or leaving one out: `FloeEncryptor` and `FloeDecryptor` do.
 */
export class FloeMessage implements Disposable {
  readonly header: Buffer
  readonly #messageKey: Buffer
  /** PARAM_ENCODE(params) ‖ iv: what every derivation begins with. */
  readonly #prefix: Buffer
  readonly #aad: Buffer
  readonly #segmentBytes: number
  readonly #keySpan: number
  readonly #keys = new Map<number, Promise<webcrypto.CryptoKey>>()
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

  /** `encryptSegment`. @param plaintext left unchanged until this resolves; full unless it is the final one */
  async seal(position: number, isFinal: boolean, plaintext: Uint8Array, ids: Ids): Promise<SealedSegment> {
    const length = plaintext.length + SEGMENT_OVERHEAD_BYTES
    if (length > this.#segmentBytes || (!isFinal && length !== this.#segmentBytes))
      throw new AppError('REQUEST_INVALID', `segment ${position} does not have its length`)
    const key = await this.#segmentKey(position)
    const head = Buffer.alloc(BODY_AT)
    head.writeUInt32BE(isFinal ? length : NOT_FINAL, 0)
    head.set(ids.bytes(AEAD_IV_BYTES), 4)
    return [head, Buffer.from(await webcrypto.subtle.encrypt(aead(head, position, isFinal), key, plaintext))]
  }

  /**
   * `decryptSegment`
   *
   * @param segment hostile; left unchanged until this resolves
   * @throws {AppError} VERIFICATION_FAILED; nothing that does not authenticate is returned
   */
  async open(position: number, isFinal: boolean, segment: Uint8Array): Promise<Buffer> {
    const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength)
    const fits = isFinal
      ? bytes.length >= SEGMENT_OVERHEAD_BYTES && bytes.length <= this.#segmentBytes
      : bytes.length === this.#segmentBytes
    if (!fits || bytes.readUInt32BE(0) !== (isFinal ? bytes.length : NOT_FINAL)) throw unauthentic(position)
    const key = await this.#segmentKey(position)
    try {
      return Buffer.from(await webcrypto.subtle.decrypt(aead(bytes, position, isFinal), key, bytes.subarray(BODY_AT)))
    } catch (cause) {
      throw unauthentic(position, cause)
    }
  }

  /** Forgets the keys; whatever is asked for afterwards is refused. */
  [Symbol.dispose](): void {
    this.#closed = true
    this.#messageKey.fill(0)
    this.#keys.clear()
  }

  /** `DERIVE_KEY`: one key for each 2^20 positions. */
  #segmentKey(position: number): Promise<webcrypto.CryptoKey> {
    if (this.#closed) throw new AppError('CONFLICT', 'this sealed file is closed')
    const first = position - (position % this.#keySpan)
    const known = this.#keys.get(first)
    if (known !== undefined) return known
    const raw = this.#derive(this.#messageKey, Buffer.concat([Buffer.from('DEK:'), bigEndian64(first)]), KEY_BYTES)
    // Imported at once and held by the runtime from there on; ours is wiped.
    const key = webcrypto.subtle
      .importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
      .finally(() => raw.fill(0))
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

function aead(segment: Buffer, position: number, isFinal: boolean): webcrypto.AesGcmParams {
  return {
    name: 'AES-GCM',
    iv: segment.subarray(4, BODY_AT),
    additionalData: Buffer.concat([bigEndian64(position), Buffer.of(isFinal ? 1 : 0)]),
    tagLength: AEAD_TAG_BYTES * 8,
  }
}

/** `I2BE(value, 8)` */
function bigEndian64(value: number): Buffer {
  const out = Buffer.alloc(8)
  out.writeBigUInt64BE(BigInt(value))
  return out
}

function unauthentic(position: number, cause?: unknown): AppError {
  return new AppError(
    'VERIFICATION_FAILED',
    `segment ${position} does not authenticate: it was changed, moved, cut or sealed for something else`,
    { cause },
  )
}
