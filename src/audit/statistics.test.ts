import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactInterval } from '../base/statistics/intervals.ts'
import { atMost, planSize } from './statistics.ts'

const LARGE = 200_000
const MOST = 1_000

/** Confidence, tolerable rate, expected rate -> size and expected deviations: AICPA Audit Guide "Audit Sampling", tables A-1 (95 %) and A-2 (90 %). */
const TABLE = [
  [0.95, 0.02, 0, 149, 0],
  [0.95, 0.05, 0, 59, 0],
  [0.95, 0.1, 0, 29, 0],
  [0.95, 0.05, 0.01, 93, 1],
  [0.95, 0.05, 0.0125, 124, 2],
  [0.95, 0.05, 0.0175, 153, 3],
  [0.95, 0.05, 0.02, 181, 4],
  [0.95, 0.06, 0.02, 127, 3],
  [0.95, 0.07, 0.03, 129, 4],
  [0.95, 0.1, 0.05, 116, 6],
  [0.9, 0.02, 0, 114, 0],
  [0.9, 0.05, 0.01, 77, 1],
  [0.9, 0.05, 0.02, 132, 3],
  [0.9, 0.1, 0.02, 38, 1],
] as const

describe('the size of a sample', () => {
  it.each(TABLE)('is that of the published table: %d, %d, %d -> %d(%d)', (confidence, tolerable, expected, size, c) => {
    const plan = { population: LARGE, tolerableRate: tolerable, expectedRate: expected, confidence }
    expect(planSize(plan, MOST)).toEqual({ size, acceptable: c })
  })

  it('is smaller for a small population, and never larger than it', () => {
    const plan = (population: number) => ({ population, tolerableRate: 0.05, expectedRate: 0, confidence: 0.95 })
    expect(planSize(plan(100), MOST).size).toBe(45) // C(95,45)/C(100,45) is the first below 5 %
    expect(planSize(plan(1), MOST)).toEqual({ size: 1, acceptable: 0 })
    expect(() => planSize({ ...plan(LARGE), tolerableRate: 0.002 }, MOST)).toThrow(/more than 1000/)
  })

  it('keeps the risk that it was chosen for, whatever is asked', () => {
    const rates = fc.record({
      tolerableRate: fc.double({ min: 0.02, max: 0.4, noNaN: true }),
      part: fc.double({ min: 0, max: 0.5, noNaN: true }),
    })
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 5_000 }), ({ tolerableRate, part }, population) => {
        const { size, acceptable } = planSize(
          { population, tolerableRate, expectedRate: tolerableRate * part, confidence: 0.9 },
          5_000,
        )
        const bad = Math.ceil(population * tolerableRate - 1e-9)
        return size === population || atMost(acceptable, population, bad, size) <= 0.1 + 1e-6
      }),
      { numRuns: 60 },
    )
  })
})

describe('probabilities', () => {
  it('are those of the hypergeometric distribution', () => {
    // 50 of which 5 are marked, 10 drawn: P(4) = 0.003964583, P(5) = 0.0001189375
    expect(1 - atMost(3, 50, 5, 10)).toBeCloseTo(0.0040835, 7)
    expect(atMost(5, 50, 5, 10)).toBeCloseTo(1, 12)
  })

  it.each([
    [0, 10, 0, 0.3085],
    [1, 10, 0.0025, 0.445],
    [5, 10, 0.1871, 0.8129],
    [10, 10, 0.6915, 1],
    [10, 100, 0.049, 0.1762],
    [0, 59, 0, 0.0606],
  ])('give the interval of Clopper and Pearson: %d of %d', (deviations, size, low, high) => {
    const [from, to] = exactInterval(deviations, size)
    expect(from).toBeCloseTo(low, 4)
    expect(to).toBeCloseTo(high, 4)
  })
})
