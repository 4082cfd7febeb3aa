import { AppError } from '../../../base/errors.ts'
import { HEADER_BYTES } from './header.ts'
import { MAX_SEGMENTS, SEGMENT_OVERHEAD_BYTES } from './params.ts'

/** Where everything in a ciphertext lies; sizes in bytes. @see FLOE, "FLOE Ciphertext Layout" */
export interface FloeLayout {
  readonly segmentBytes: number
  readonly plaintextBytes: number
  readonly ciphertextBytes: number
  /** At least 1: the last one is there even when it holds nothing. */
  readonly segmentCount: number
}

export interface SegmentPlace {
  /** Where the sealed segment begins in the ciphertext. */
  readonly offset: number
  /** Bytes of the sealed segment. */
  readonly length: number
  /** Where its plaintext begins. */
  readonly plainOffset: number
  readonly plainLength: number
  readonly isFinal: boolean
}

/**
 * How `plaintextBytes` are sealed: full segments, and a last one with the rest, which is empty only when all is.
 *
 * @throws {AppError} REQUEST_INVALID for a size that is none, or needs over 2^40 segments
 */
export function layoutOfPlaintext(plaintextBytes: number, segmentBytes: number): FloeLayout {
  const perSegment = segmentBytes - SEGMENT_OVERHEAD_BYTES
  const segmentCount = Math.max(1, Math.ceil(plaintextBytes / perSegment))
  const ciphertextBytes = HEADER_BYTES + plaintextBytes + segmentCount * SEGMENT_OVERHEAD_BYTES
  const isSize = Number.isSafeInteger(plaintextBytes) && plaintextBytes >= 0
  if (!isSize || !Number.isSafeInteger(ciphertextBytes) || segmentCount > MAX_SEGMENTS)
    throw new AppError('REQUEST_INVALID', "a file of this size can't be sealed")
  return { segmentBytes, plaintextBytes, ciphertextBytes, segmentCount }
}

/**
 * What a ciphertext of this size holds. Which segment is the last follows from the size alone, never from what a segment says of itself.
 *
 * @throws {AppError} VERIFICATION_FAILED for a size that no ciphertext has: too short for a last segment, or for over 2^40
 */
export function layoutOfCiphertext(ciphertextBytes: number, segmentBytes: number): FloeLayout {
  const body = ciphertextBytes - HEADER_BYTES
  const segmentCount = Math.ceil(body / segmentBytes)
  const finalBytes = body - (segmentCount - 1) * segmentBytes
  const isSize = Number.isSafeInteger(ciphertextBytes) && body >= SEGMENT_OVERHEAD_BYTES
  if (!isSize || finalBytes < SEGMENT_OVERHEAD_BYTES || segmentCount > MAX_SEGMENTS)
    throw new AppError('VERIFICATION_FAILED', 'no sealed file has this size: it was cut or extended')
  return { segmentBytes, plaintextBytes: body - segmentCount * SEGMENT_OVERHEAD_BYTES, ciphertextBytes, segmentCount }
}

/** @throws {AppError} REQUEST_INVALID when there is no such segment */
export function segmentPlace(layout: FloeLayout, position: number): SegmentPlace {
  const { segmentBytes, segmentCount, ciphertextBytes } = layout
  if (!Number.isInteger(position) || position < 0 || position >= segmentCount)
    throw new AppError('REQUEST_INVALID', 'there is no such segment')
  const isFinal = position === segmentCount - 1
  const offset = HEADER_BYTES + position * segmentBytes
  const length = isFinal ? ciphertextBytes - offset : segmentBytes
  const plainOffset = position * (segmentBytes - SEGMENT_OVERHEAD_BYTES)
  return { offset, length, plainOffset, plainLength: length - SEGMENT_OVERHEAD_BYTES, isFinal }
}

/** Segments that follow each other: where they lie, sealed and plain. */
export interface RunPlace {
  readonly offset: number
  readonly sealedBytes: number
  readonly plainOffset: number
  readonly plainBytes: number
  readonly hasFinal: boolean
}

/** @throws {AppError} REQUEST_INVALID for segments that there are not */
export function runPlace(layout: FloeLayout, first: number, count: number): RunPlace {
  const [start, end] = [segmentPlace(layout, first), segmentPlace(layout, first + count - 1)]
  return {
    offset: start.offset,
    sealedBytes: end.offset + end.length - start.offset,
    plainOffset: start.plainOffset,
    plainBytes: end.plainOffset + end.plainLength - start.plainOffset,
    hasFinal: end.isFinal,
  }
}
