import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
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

const CIPHER = 'aes-256-gcm'
const NOT_FINAL = 0xffff_ffff
const BODY_AT = 4 + AEAD_IV_BYTES
/** Readers at two places and the segments in flight around a change of keys need few; more would only keep keys in memory. */
const KEYS_KEPT = 4

/** A sealed segment in parts that are written one after the other: length and IV (16 bytes), ciphertext, tag (16 bytes). */
export type SealedSegment = readonly [head: Buffer, body: Buffer, tag: Buffer]

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
  readonly #keys = new Map<number, KeyObject>()
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
   * `encryptSegment`. On the caller's thread, at some gigabytes a second: handing segments to the runtime's threads costs two copies of each, which
   * is more than what it saves.
   *
   * @param plaintext full unless it is the final one
   */
  seal(position: number, isFinal: boolean, plaintext: Uint8Array, ids: Ids): SealedSegment {
    const length = plaintext.length + SEGMENT_OVERHEAD_BYTES
    if (length > this.#segmentBytes || (!isFinal && length !== this.#segmentBytes))
      throw new AppError('REQUEST_INVALID', `segment ${position} does not have its length`)
    const head = Buffer.alloc(BODY_AT)
    head.writeUInt32BE(isFinal ? length : NOT_FINAL, 0)
    head.set(ids.bytes(AEAD_IV_BYTES), 4)
    const cipher = createCipheriv(CIPHER, this.#segmentKey(position), head.subarray(4), {
      authTagLength: AEAD_TAG_BYTES,
    })
    cipher.setAAD(segmentAad(position, isFinal))
    const body = cipher.update(plaintext)
    cipher.final()
    return [head, body, cipher.getAuthTag()]
  }

  /**
   * `decryptSegment`
   *
   * @param segment hostile
   * @throws {AppError} VERIFICATION_FAILED; nothing that does not authenticate is returned
   */
  open(position: number, isFinal: boolean, segment: Uint8Array): Buffer {
    const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength)
    const fits = isFinal
      ? bytes.length >= SEGMENT_OVERHEAD_BYTES && bytes.length <= this.#segmentBytes
      : bytes.length === this.#segmentBytes
    if (!fits || bytes.readUInt32BE(0) !== (isFinal ? bytes.length : NOT_FINAL)) throw unauthentic(position)
    const iv = bytes.subarray(4, BODY_AT)
    const decipher = createDecipheriv(CIPHER, this.#segmentKey(position), iv, { authTagLength: AEAD_TAG_BYTES })
    decipher.setAAD(segmentAad(position, isFinal)).setAuthTag(bytes.subarray(-AEAD_TAG_BYTES))
    const plaintext = decipher.update(bytes.subarray(BODY_AT, -AEAD_TAG_BYTES))
    try {
      decipher.final()
      return plaintext
    } catch (cause) {
      plaintext.fill(0)
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
  #segmentKey(position: number): KeyObject {
    if (this.#closed) throw new AppError('CONFLICT', 'this sealed file is closed')
    const first = position - (position % this.#keySpan)
    const known = this.#keys.get(first)
    if (known !== undefined) return known
    const raw = this.#derive(this.#messageKey, Buffer.concat([Buffer.from('DEK:'), bigEndian64(first)]), KEY_BYTES)
    const key = createSecretKey(raw)
    raw.fill(0)
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

function segmentAad(position: number, isFinal: boolean): Buffer {
  return Buffer.concat([bigEndian64(position), Buffer.of(isFinal ? 1 : 0)])
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
