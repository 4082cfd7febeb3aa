import { AppError } from '../../../base/errors.ts'
import { FLOE_IV_BYTES, isSegmentSize, MAX_SEGMENT_BYTES, MIN_SEGMENT_BYTES } from './params.ts'

const AEAD_AES_256_GCM = 0
const KDF_HKDF_EXPAND_SHA_384 = 0
const PARAMS_BYTES = 10
export const HEADER_TAG_BYTES = 32

/** Bytes before the first segment: parameters, IV, tag. */
export const HEADER_BYTES = PARAMS_BYTES + FLOE_IV_BYTES + HEADER_TAG_BYTES

export interface FloeHeader {
  readonly segmentBytes: number
  /** 32 random bytes */
  readonly iv: Buffer
  /** Proof of key, parameters, IV and associated data; 32 bytes */
  readonly tag: Buffer
}

/** `PARAM_ENCODE` of FLOE, "Internal Functions": 10 bytes. */
export function encodeParams(segmentBytes: number): Buffer {
  const out = Buffer.alloc(PARAMS_BYTES)
  out[0] = AEAD_AES_256_GCM
  out[1] = KDF_HKDF_EXPAND_SHA_384
  out.writeUInt32BE(segmentBytes, 2)
  out.writeUInt32BE(FLOE_IV_BYTES, 6)
  return out
}

/** The 74 bytes at the start of a ciphertext. */
export function encodeHeader({ segmentBytes, iv, tag }: FloeHeader): Buffer {
  return Buffer.concat([encodeParams(segmentBytes), iv, tag])
}

/**
 * Reads a header without a key: what it says is proven only by its tag, when a decryptor is made of it.
 *
 * @param bytes hostile; exactly {@link HEADER_BYTES}
 * @throws {AppError} VERIFICATION_FAILED when it is no header of the one family of parameters that FLOE has, or its segments are out of bounds
 */
export function parseHeader(bytes: Uint8Array): FloeHeader {
  if (bytes.length !== HEADER_BYTES) throw refused(`it has ${bytes.length} bytes, not ${HEADER_BYTES}`)
  const header = Buffer.from(bytes)
  if (header[0] !== AEAD_AES_256_GCM) throw refused('its cipher is not AES-256-GCM')
  if (header[1] !== KDF_HKDF_EXPAND_SHA_384) throw refused('its key derivation is not HKDF-Expand-SHA-384')
  const segmentBytes = header.readUInt32BE(2)
  if (!isSegmentSize(segmentBytes))
    throw refused(`its segments are not of ${MIN_SEGMENT_BYTES} to ${MAX_SEGMENT_BYTES} bytes`)
  if (header.readUInt32BE(6) !== FLOE_IV_BYTES) throw refused(`its IV is not of ${FLOE_IV_BYTES} bytes`)
  const ivEnd = PARAMS_BYTES + FLOE_IV_BYTES
  return { segmentBytes, iv: header.subarray(PARAMS_BYTES, ivEnd), tag: header.subarray(ivEnd) }
}

function refused(why: string): AppError {
  return new AppError('VERIFICATION_FAILED', `this is no sealed file that can be opened here: ${why}`)
}
