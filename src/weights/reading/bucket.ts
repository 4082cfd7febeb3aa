/** How much a bucket holds, and how fast it fills. */
export interface BucketSize {
  readonly capacityBytes: number
  readonly bytesPerDay: number
  /** Milliseconds since the epoch: what passed before at another speed fills nothing. */
  readonly sinceMs: number
}

export interface BucketLevel {
  readonly bytes: number
  /** Milliseconds since the epoch: up to when the time has been turned into bytes. */
  readonly atMs: number
}

/** What came of taking: the bucket afterwards, or how long to wait; null = for ever, since it never holds that much. */
export type Taken =
  | { readonly taken: true; readonly level: BucketLevel }
  | { readonly taken: false; readonly bytes: number; readonly waitMs: number | null }

const DAY_MS = 86_400_000n

/**
 * The bucket at `nowMs`. Time that is too short for a whole byte is kept for later, a clock that went back fills nothing until it is where it
 * was, and one that jumps ahead fills it once at most.
 *
 * Given out between two instants, by any sequence of takes: at most capacity + bytesPerDay × days between them.
 */
export function refilled(level: BucketLevel, size: BucketSize, nowMs: number): BucketLevel {
  const bytes = Math.max(0, Math.min(level.bytes, size.capacityBytes))
  const fromMs = Math.max(level.atMs, size.sinceMs)
  if (nowMs <= fromMs) return { bytes, atMs: fromMs }
  const perDay = BigInt(size.bytesPerDay)
  const gained = (BigInt(nowMs - fromMs) * perDay) / DAY_MS
  if (gained >= BigInt(size.capacityBytes - bytes)) return { bytes: size.capacityBytes, atMs: nowMs }
  if (gained === 0n) return { bytes, atMs: perDay === 0n ? nowMs : fromMs }
  const spentMs = (gained * DAY_MS + perDay - 1n) / perDay
  return { bytes: bytes + Number(gained), atMs: fromMs + Number(spentMs) }
}

/**
 * Takes `bytes` where `needed` are there: who wants much in several goes is told at the first that it is too much.
 *
 * @param needed at least `bytes`
 */
export function take(level: BucketLevel, size: BucketSize, bytes: number, needed: number, nowMs: number): Taken {
  const now = refilled(level, size, nowMs)
  if (needed <= now.bytes) return { taken: true, level: { bytes: now.bytes - bytes, atMs: now.atMs } }
  if (needed > size.capacityBytes || size.bytesPerDay === 0) return { taken: false, bytes: now.bytes, waitMs: null }
  const missingMs = Math.ceil(((needed - now.bytes) * Number(DAY_MS)) / size.bytesPerDay)
  return { taken: false, bytes: now.bytes, waitMs: Math.max(1, now.atMs - nowMs + missingMs) }
}

/** Days until as much as `sizeBytes` could have left, from a full bucket on; null = never. */
export function daysToExfiltrate(
  sizeBytes: number,
  { capacityBytes, bytesPerDay }: Pick<BucketSize, 'capacityBytes' | 'bytesPerDay'>,
): number | null {
  const beyond = Math.max(0, sizeBytes - capacityBytes)
  if (beyond === 0) return 0
  return bytesPerDay === 0 ? null : beyond / bytesPerDay
}
