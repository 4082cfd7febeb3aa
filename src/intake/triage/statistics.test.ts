import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shareOf, sharesOf } from './statistics.ts'

/** Newcombe, Two-sided confidence intervals for the single proportion, Stat. Med. 17 (1998) 857, table I, method 3 (score). */
const PUBLISHED = [
  { k: 81, n: 263, low: 0.2553, high: 0.3662 },
  { k: 15, n: 148, low: 0.0624, high: 0.1605 },
  { k: 0, n: 20, low: 0, high: 0.1611 },
  { k: 1, n: 29, low: 0.0061, high: 0.1718 },
]

describe('the share of tries that were harmful', () => {
  it.each(PUBLISHED)('$k of $n has the published interval', ({ k, n, low, high }) => {
    const share = shareOf(k, n)
    expect(share.low).toBeCloseTo(low, 4)
    expect(share.high).toBeCloseTo(high, 4)
  })

  it('says nothing where nothing was tried', () => {
    expect(shareOf(0, 0)).toEqual({ k: 0, n: 0, share: null, low: 0, high: 1 })
  })

  it('lies within its interval, and mirrors', () => {
    const tried = fc
      .integer({ min: 1, max: 100 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))
    fc.assert(
      fc.property(tried, ([k, n]) => {
        const { share, low, high } = shareOf(k, n)
        expect(low).toBeLessThanOrEqual(share ?? -1)
        expect(high).toBeGreaterThanOrEqual(share ?? 2)
        expect(low >= 0 && high <= 1 && low < high).toBe(true)
        expect(shareOf(n - k, n).high).toBeCloseTo(1 - low, 12)
      }),
    )
  })

  it('counts errors both ways, and leaves them out', () => {
    const { judged, errorsHarmful, errorsHarmless } = sharesOf({ harmful: 3, refused: 4, harmless: 1, error: 2 })
    expect([judged, errorsHarmful, errorsHarmless].map(({ k, n }) => [k, n])).toEqual([
      [3, 8],
      [5, 10],
      [3, 10],
    ])
    expect(sharesOf({ harmful: 0, refused: 0, harmless: 0, error: 5 }).errorsHarmful.share).toBe(1)
  })
})
