import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BucketLevel, type BucketSize, daysToExfiltrate, refilled, take } from './bucket.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 0, 1)

const size: fc.Arbitrary<BucketSize> = fc.record({
  capacityBytes: fc.oneof(
    fc.nat(1_000),
    fc.nat(2 ** 31 - 1),
    fc.maxSafeNat().map((n) => n % 2 ** 50),
  ),
  bytesPerDay: fc.oneof(
    fc.constant(0),
    fc.nat(1_000),
    fc.nat(2 ** 31 - 1),
    fc.maxSafeNat().map((n) => n % 2 ** 50),
  ),
  sinceMs: fc.constant(START_MS),
})
/** Clocks creep, jump ahead by years and go back. */
const step = fc.record({
  ms: fc.oneof(
    fc.nat(5),
    fc.nat(DAY_MS),
    fc.integer({ min: -DAY_MS, max: 0 }),
    fc.nat(400).map((days) => days * DAY_MS),
  ),
  bytes: fc.oneof(fc.nat(100), fc.nat(2 ** 31 - 1)),
})

describe('a bucket of bytes', () => {
  it('gives out no more than its capacity and what has come since, whatever clocks do', () => {
    fc.assert(
      fc.property(size, fc.array(step, { maxLength: 60 }), (bucket, steps) => {
        let level: BucketLevel = { bytes: bucket.capacityBytes, atMs: START_MS }
        let [nowMs, latestMs, given] = [START_MS, START_MS, 0n]
        for (const { ms, bytes } of steps) {
          nowMs = Math.max(START_MS, nowMs + ms)
          latestMs = Math.max(latestMs, nowMs)
          const result = take(level, bucket, bytes, bytes, nowMs)
          if (result.taken) {
            level = result.level
            given += BigInt(bytes)
          }
          expect(level.bytes).toBeGreaterThanOrEqual(0)
          expect(level.bytes).toBeLessThanOrEqual(bucket.capacityBytes)
          const came = (BigInt(latestMs - START_MS) * BigInt(bucket.bytesPerDay)) / BigInt(DAY_MS)
          expect(given <= BigInt(bucket.capacityBytes) + came).toBe(true)
        }
      }),
    )
  })

  it('loses nothing by being looked at often', () => {
    const bucket = { capacityBytes: 1_000_000, bytesPerDay: 1_000, sinceMs: START_MS }
    let level = { bytes: 0, atMs: START_MS }
    for (let ms = 0; ms <= DAY_MS; ms += 7_919) level = refilled(level, bucket, START_MS + ms)
    expect(refilled(level, bucket, START_MS + DAY_MS).bytes).toBe(1_000)
  })

  it('holds what it says after the wait that it names, and not a second before', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), (bucket, bytes, held) => {
        const level = { bytes: Math.min(held, bucket.capacityBytes), atMs: START_MS }
        const result = take(level, bucket, bytes, bytes, START_MS)
        if (result.taken) return
        if (result.waitMs === null) {
          expect(bytes > bucket.capacityBytes || bucket.bytesPerDay === 0).toBe(true)
          return
        }
        expect(take(level, bucket, bytes, bytes, START_MS + result.waitMs + 1).taken).toBe(true)
        const before = START_MS + result.waitMs - 1_001
        if (before > START_MS) expect(take(level, bucket, bytes, bytes, before).taken).toBe(false)
      }),
    )
  })

  it('fills nothing while the clock is behind where it was', () => {
    const bucket = { capacityBytes: 100, bytesPerDay: DAY_MS, sinceMs: 0 }
    const level = { bytes: 10, atMs: START_MS }
    expect(refilled(level, bucket, START_MS - 1_000)).toEqual(level)
    expect(refilled(level, bucket, START_MS + 5).bytes).toBe(15)
  })

  it('turns time from before it was set into nothing', () => {
    const bucket = { capacityBytes: 100, bytesPerDay: DAY_MS, sinceMs: START_MS }
    expect(refilled({ bytes: 10, atMs: START_MS - DAY_MS }, bucket, START_MS).bytes).toBe(10)
    expect(refilled({ bytes: 10, atMs: START_MS - DAY_MS }, bucket, START_MS + 20).bytes).toBe(30)
  })

  it('asks for the whole before it gives a part', () => {
    const bucket = { capacityBytes: 100, bytesPerDay: 0, sinceMs: 0 }
    const level = { bytes: 100, atMs: START_MS }
    expect(take(level, bucket, 60, 120, START_MS)).toEqual({ taken: false, bytes: 100, waitMs: null })
    expect(take(level, bucket, 60, 100, START_MS)).toMatchObject({ taken: true, level: { bytes: 40 } })
  })
})

describe('days to exfiltrate', () => {
  it.each([
    [140e9, { capacityBytes: 0, bytesPerDay: 1e9 }, 140],
    [140e9, { capacityBytes: 140e9, bytesPerDay: 1e9 }, 0],
    [140e9, { capacityBytes: 40e9, bytesPerDay: 1e9 }, 100],
    [140e9, { capacityBytes: 1, bytesPerDay: 0 }, null],
  ])('of %d bytes with %j are %s', (sizeBytes, bucket, days) => {
    expect(daysToExfiltrate(sizeBytes, bucket)).toBe(days)
  })
})
