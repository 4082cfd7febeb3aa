/** Part of a file, or of what is packed in it, to look at. */
export interface Probe {
  /** Infinity where what is packed does not say. */
  readonly sizeBytes: number
  /** At most 1 MiB; fewer bytes where the content ends. */
  read(start: number, length: number): Promise<Buffer>
}

/** The part of another probe. */
export function within(probe: Probe, start: number, sizeBytes: number): Probe {
  return {
    sizeBytes,
    read: async (at, length) =>
      at >= sizeBytes ? Buffer.alloc(0) : await probe.read(start + at, Math.min(length, sizeBytes - at)),
  }
}

/** The beginning of something whose end is out of sight. */
export function beginning(bytes: Buffer): Probe {
  return { sizeBytes: Number.POSITIVE_INFINITY, read: async (start, length) => bytes.subarray(start, start + length) }
}
