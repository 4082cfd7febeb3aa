import { runSegmentJob, type SegmentJob } from './segment.ts'

/** Where segments are encrypted and decrypted. */
export interface SegmentEngine {
  /** @returns the first position that does not authenticate; null when all is well */
  run(job: SegmentJob): Promise<number | null>
}

/** An engine that digests what it seals, in the order in which it is given; SHA-256. */
export interface PlainDigest extends SegmentEngine {
  /** As it is after what was given so far. */
  copy(): PlainDigest
  /** @returns hex, of what was given so far; null when that is lost */
  read(): Promise<string | null>
  drop(): void
}

/** On the caller's own thread. */
export const inlineEngine: SegmentEngine = { run: async (job) => runSegmentJob(job) }

/** Memory that the caller and an engine on another thread both see. */
export function sharedBuffer(length: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(length))
}
