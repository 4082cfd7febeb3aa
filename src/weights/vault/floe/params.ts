import { AppError } from '../../../base/errors.ts'

/** The fixed parameters of FLOE ("Parameters"): AES-256-GCM, HKDF-Expand-SHA-384 and an IV of 32 bytes; all in bytes. */
export const KEY_BYTES = 32
export const FLOE_IV_BYTES = 32
export const MESSAGE_KEY_BYTES = 48
export const AEAD_IV_BYTES = 12
export const AEAD_TAG_BYTES = 16

/** What each segment has besides its plaintext: length (4), AEAD IV, AEAD tag ("FLOE Ciphertext Layout"). */
export const SEGMENT_OVERHEAD_BYTES = 4 + AEAD_IV_BYTES + AEAD_TAG_BYTES

/** 256 KiB opens a single tensor quickly and seals within a few percent of the rate of larger segments. */
export const DEFAULT_SEGMENT_BYTES = 256 * 1024

/** FLOE lets implementations set lower limits: with larger segments a hostile header could ask for gigabytes of memory. */
export const MAX_SEGMENT_BYTES = 1024 * 1024

/** One byte of plaintext a segment: with less, internal segments would carry nothing and a ciphertext could be endless. */
export const MIN_SEGMENT_BYTES = SEGMENT_OVERHEAD_BYTES + 1

/** AEAD_MAX_SEGMENTS */
export const MAX_SEGMENTS = 2 ** 40

/** AEAD_ROTATION_MASK: 2^20 segments are sealed under one derived key. */
export const ROTATION_BITS = 20

/** What both ends must agree on beside key and associated data. */
export interface FloeParams {
  /** ENC_SEG_LEN: bytes of one sealed segment, {@link MIN_SEGMENT_BYTES} to {@link MAX_SEGMENT_BYTES}. */
  readonly segmentBytes: number
  /** Other than 20 only in the published rotation vectors: no other implementation reads such a ciphertext. */
  readonly rotationBits?: number
}

/** @throws {AppError} REQUEST_INVALID for a key or parameters that FLOE does not have */
export function checkParams(key: Uint8Array, { segmentBytes, rotationBits = ROTATION_BITS }: FloeParams): void {
  if (key.length !== KEY_BYTES) throw new AppError('REQUEST_INVALID', `a FLOE key has ${KEY_BYTES} bytes`)
  if (!isSegmentSize(segmentBytes))
    throw new AppError('REQUEST_INVALID', `a segment has ${MIN_SEGMENT_BYTES} to ${MAX_SEGMENT_BYTES} bytes`)
  if (!Number.isInteger(rotationBits) || rotationBits < 0 || rotationBits > ROTATION_BITS)
    throw new AppError('REQUEST_INVALID', `a derived key seals at most 2^${ROTATION_BITS} segments`)
}

export function isSegmentSize(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= MIN_SEGMENT_BYTES && bytes <= MAX_SEGMENT_BYTES
}
