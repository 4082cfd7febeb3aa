import type { ReadableFile } from './ports.ts'

/** What FLOE adds to each segment. @see C2SP FLOE, "FLOE Ciphertext Layout" */
const SEGMENT_OVERHEAD_BYTES = 32

/** How much of the plaintext a sealed segment holds. */
export function plainSegmentBytes({ segmentBytes }: Pick<ReadableFile, 'segmentBytes'>): number {
  return segmentBytes - SEGMENT_OVERHEAD_BYTES
}

/** First and last segment that hold these bytes, from 0. @param length at least 1 */
export function segmentsOf(file: Pick<ReadableFile, 'segmentBytes'>, start: number, length: number): [number, number] {
  const perSegment = plainSegmentBytes(file)
  return [Math.floor(start / perSegment), Math.floor((start + length - 1) / perSegment)]
}
