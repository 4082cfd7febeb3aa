import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../base/random.ts'
import { TWO_SIDED_95, wilsonInterval } from '../../../base/statistics/intervals.ts'
import { holm, mcnemarExact, signFlipTest } from './exact.ts'
import { type PairedItem, pairedResult } from './paired.ts'
import { type Observation, rateOf } from './rate.ts'
import { t95 } from './student.ts'

const single = (values: readonly (boolean | null)[]): Observation[] =>
  values.map((value, at) => ({ cluster: `c${at}`, value }))
const many = (yes: number, no: number, unknown = 0) => [
  ...Array<boolean>(yes).fill(true),
  ...Array<boolean>(no).fill(false),
  ...Array<null>(unknown).fill(null),
]

describe('a rate', () => {
  it('is Wilson’s where every answer stands for itself', () => {
    const rate = rateOf(single(many(10, 40)))
    expect(rate).toMatchObject({ count: 10, of: 50, unknown: 0, rate: 0.2, effective: 50 })
    expect(rate.interval).toEqual(wilsonInterval(0.2, 50))
    expect(rate.interval?.map((end) => Number(end.toFixed(4)))).toEqual([0.1124, 0.3304])
  })

  it('counts the unknown both ways', () => {
    const rate = rateOf(single(many(5, 15, 20)))
    expect(rate).toMatchObject({ count: 5, of: 20, unknown: 20, rate: 0.25, bounds: [5 / 40, 25 / 40] })
    expect(rate.interval).toEqual([wilsonInterval(5 / 40, 40)[0], wilsonInterval(25 / 40, 40)[1]])
    expect(rateOf(single(many(0, 0, 4)))).toMatchObject({ of: 0, rate: null, interval: [0, 1], effective: null })
    expect(rateOf([])).toMatchObject({ rate: null, interval: null, bounds: null })
  })

  it('takes answers that always go alike for one', () => {
    const alike = Array.from({ length: 20 }, (_, cluster) =>
      Array.from({ length: 10 }, () => ({ cluster: `c${cluster}`, value: cluster < 5 })),
    ).flat()
    const rate = rateOf(alike)
    expect(rate.rate).toBe(0.25)
    expect(rate.effective).toBeLessThanOrEqual(20)
    const none = rateOf(alike.map(({ cluster }) => ({ cluster, value: false })))
    expect(none).toMatchObject({ rate: 0, effective: 20 })
    expect(none.interval).toEqual(wilsonInterval(0, 20))
  })

  it('holds the truth in about 95 of 100 samples of clusters', () => {
    const random = seededRandom(11)
    let held = 0
    const samples = 1_000
    for (let sample = 0; sample < samples; sample++) {
      // Each cluster has its own chance, of mean 0.3.
      const answers = Array.from({ length: 40 }, (_, cluster) => {
        const chance = random() < 0.5 ? 0.05 : 0.55
        return Array.from({ length: 5 }, () => ({ cluster: `c${cluster}`, value: random() < chance }))
      }).flat()
      const [low, high] = rateOf(answers).interval ?? [1, 0]
      if (low <= 0.3 && 0.3 <= high) held += 1
    }
    expect(held / samples).toBeGreaterThan(0.93)
    expect(held / samples).toBeLessThan(0.99)
  })

  it('stays within 0 and 1, around what was seen', () => {
    const observation = fc.record({
      cluster: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.constantFrom(true, false, null),
    })
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 40 }), (observations) => {
        const { interval, bounds, count, of, unknown } = rateOf(observations)
        expect(of + unknown).toBe(observations.length)
        expect(count).toBeLessThanOrEqual(of)
        const [low, high] = interval ?? [Number.NaN, Number.NaN]
        const [least, most] = bounds ?? [Number.NaN, Number.NaN]
        expect(low >= 0 && low <= least && most <= high && high <= 1).toBe(true)
      }),
    )
  })
})

describe('exact tests', () => {
  it.each([
    [0, 0, 1],
    [5, 5, 1],
    [1, 9, 0.021484375],
    [0, 6, 0.03125],
  ])('McNemar’s of %i against %i is %f', (one, other, p) => {
    expect(mcnemarExact(one, other)).toBeCloseTo(p, 12)
    expect(mcnemarExact(other, one)).toBeCloseTo(p, 12)
  })

  it('turning signs is McNemar’s test where each cluster is one pair', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), fc.nat(10), (more, less, same) => {
        const differences = [...Array(more).fill(1), ...Array(less).fill(-1), ...Array(same).fill(0)]
        expect(signFlipTest(differences)).toBeCloseTo(mcnemarExact(more, less), 9)
      }),
    )
  })

  it('turning signs agrees with counting all ways to turn them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 9 }), (differences) => {
        const far = Math.abs(differences.reduce((sum, one) => sum + one, 0))
        let extreme = 0
        for (let signs = 0; signs < 2 ** differences.length; signs++) {
          const sum = differences.reduce((total, one, at) => total + ((signs >> at) % 2 === 0 ? one : -one), 0)
          if (Math.abs(sum) >= far) extreme += 1
        }
        expect(signFlipTest(differences)).toBeCloseTo(extreme / 2 ** differences.length, 9)
      }),
    )
  })

  it('is as good as exact where it takes the normal', () => {
    const differences = [...Array(3_080).fill(1), ...Array(2_920).fill(-1)]
    expect(signFlipTest(differences)).toBeCloseTo(mcnemarExact(3_080, 2_920), 3)
  })

  it('Holm’s correction never undercuts, keeps the order, and multiplies the least by their number', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (values) => {
        const corrected = holm(values)
        for (const [at, p] of values.entries()) {
          expect(corrected[at]).toBeGreaterThanOrEqual(p)
          expect(corrected[at]).toBeLessThanOrEqual(1)
        }
        const least = Math.min(...values)
        expect(Math.min(...corrected)).toBeCloseTo(Math.min(1, least * values.length), 12)
      }),
    )
  })

  it('knows Student’s t', () => {
    expect(t95(1)).toBeCloseTo(12.7062, 4)
    expect(t95(3)).toBeCloseTo(3.1824, 2)
    expect(t95(10)).toBeCloseTo(2.2281, 4)
    expect(t95(1e9)).toBeCloseTo(TWO_SIDED_95, 6)
  })
})

describe('a paired comparison', () => {
  const items = (rows: readonly [boolean | null, boolean | null][]): PairedItem[] =>
    rows.map(([base, tuned], at) => ({ cluster: `c${at}`, base: [base], tuned: [tuned] }))
  const repeated = (times: number, row: [boolean | null, boolean | null]) => Array(times).fill(row)

  it('finds what has become worse', () => {
    const rows = [...repeated(40, [false, true]), ...repeated(5, [true, false]), ...repeated(55, [false, false])]
    const result = pairedResult(items(rows), seededRandom(1))
    expect(result).toMatchObject({ items: 100, base: 0.05, tuned: 0.4, onlyBase: 5, onlyTuned: 40, unknown: 0 })
    expect(result.difference).toBeCloseTo(0.35, 12)
    expect(result.p).toBeCloseTo(result.mcnemar, 12)
    expect(result.p).toBeLessThan(1e-6)
    expect(result.interval?.[0]).toBeGreaterThan(0.2)
    expect(result.interval?.[1]).toBeLessThan(0.5)
  })

  it('has a width where nothing differs, and more where little was asked', () => {
    const width = (times: number) => {
      const [low, high] = pairedResult(items(repeated(times, [false, false])), seededRandom(1)).interval ?? [0, 0]
      return high - low
    }
    expect(width(10)).toBeGreaterThan(0.3)
    expect(width(200)).toBeLessThan(0.05)
    expect(width(200)).toBeGreaterThan(0.01)
  })

  it('widens by what nobody knows, both ways', () => {
    const known = pairedResult(items(repeated(80, [false, false])), seededRandom(1))
    const rows = [...repeated(80, [false, false]), ...repeated(20, [false, null])]
    const open = pairedResult(items(rows), seededRandom(1))
    expect(open).toMatchObject({ unknown: 20, difference: 0 })
    expect(open.interval?.[1]).toBeGreaterThan(0.2)
    expect(open.interval?.[0]).toBeLessThanOrEqual(0)
    expect(known.interval?.[1]).toBeLessThan(0.06)
  })

  it('doesn’t take draws of one item for items', () => {
    const drawn: PairedItem[] = Array.from({ length: 6 }, (_, at) => ({
      cluster: `c${at}`,
      base: Array(20).fill(false),
      tuned: Array(20).fill(at < 4),
    }))
    const { p, interval } = pairedResult(drawn, seededRandom(1))
    expect(p).toBeCloseTo(2 / 2 ** 4, 9)
    expect(interval?.[0]).toBeLessThan(0.35)
  })
})
