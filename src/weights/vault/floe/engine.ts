import { runSegmentJob, type SegmentJob } from './segment.ts'

/** Where segments are encrypted and decrypted. */
export interface SegmentEngine {
  /** @returns the first position that does not authenticate; null when all is well */
  run(job: SegmentJob): Promise<number | null>
}

/** On the caller's own thread. */
export const inlineEngine: SegmentEngine = { run: async (job) => runSegmentJob(job) }

/** Memory that the caller and an engine on another thread both see. */
export function sharedBuffer(length: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(length))
}
