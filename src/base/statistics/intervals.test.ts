import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactInterval, ONE_SIDED_95, wilsonInterval } from './intervals.ts'

const counted = fc
  .integer({ min: 1, max: 300 })
  .chain((of) => fc.tuple(fc.integer({ min: 0, max: of }), fc.constant(of)))

describe('intervals of a rate', () => {
  // Newcombe, Stat. Med. 17 (1998) 857, table I, methods 3 (Wilson) and 5 (Clopper and Pearson).
  it.each([
    [81, 263, 0.2553, 0.3662, 0.2527, 0.3676],
    [15, 148, 0.0624, 0.1605, 0.0578, 0.1617],
    [0, 20, 0, 0.1611, 0, 0.1684],
    [1, 29, 0.0061, 0.1718, 0.0009, 0.1776],
  ])('are the published ones: %d of %d', (k, n, low, high, exactLow, exactHigh) => {
    expect(wilsonInterval(k / n, n).map((end) => Number(end.toFixed(4)))).toEqual([low, high])
    expect(exactInterval(k, n).map((end) => Number(end.toFixed(4)))).toEqual([exactLow, exactHigh])
  })

  it('hold what was seen, stay within 0 and 1, and mirror each other', () => {
    fc.assert(
      fc.property(counted, ([k, n]) => {
        for (const of of [(a: number) => wilsonInterval(a / n, n), (a: number) => exactInterval(a, n)]) {
          const [low, high] = of(k)
          expect(0 <= low && low <= k / n && k / n <= high && high <= 1).toBe(true)
          expect(of(n - k)[0]).toBeCloseTo(1 - high, 9)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('are wider on one side where only 2.5 % lie beyond than where 5 % do', () => {
    expect(wilsonInterval(0.3, 50)[0]).toBeLessThan(wilsonInterval(0.3, 50, ONE_SIDED_95)[0])
    expect(exactInterval(15, 50)[0]).toBeLessThan(exactInterval(15, 50, 0.05)[0])
  })
})
