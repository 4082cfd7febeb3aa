import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreementOf } from './kappa.ts'

const table = (size: number) =>
  fc.array(fc.array(fc.nat(50), { minLength: size, maxLength: size }), { minLength: size, maxLength: size })

describe('agreementOf', () => {
  it('gives the published figures of the SAS example of two dermatologists (PROC FREQ, "Cohen’s Kappa Coefficient")', () => {
    const { n, kappa, standardError, low, high } = agreementOf([
      [10, 4, 1, 0],
      [5, 10, 12, 2],
      [2, 4, 12, 5],
      [0, 2, 6, 13],
    ])
    expect(n).toBe(88)
    expect(kappa).toBeCloseTo(0.3449, 4)
    expect(standardError).toBeCloseTo(0.0724, 4)
    expect(low).toBeCloseTo(0.203, 4)
    expect(high).toBeCloseTo(0.4868, 4)
  })

  it('is 1 where all agree, negative where they contradict each other, undefined where nothing can be said', () => {
    expect(
      agreementOf([
        [5, 0],
        [0, 7],
      ]),
    ).toMatchObject({ kappa: 1, observed: 1, low: 1, high: 1 })
    expect(
      agreementOf([
        [0, 5],
        [5, 0],
      ]),
    ).toMatchObject({ kappa: -1, observed: 0 })
    expect(
      agreementOf([
        [0, 0],
        [0, 0],
      ]),
    ).toMatchObject({ n: 0, kappa: null, observed: null, low: null })
    expect(
      agreementOf([
        [9, 0],
        [0, 0],
      ]),
    ).toMatchObject({ n: 9, observed: 1, kappa: null, standardError: null })
  })

  it('stays within its bounds, and does not care who is called first or what the categories are called', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }).chain(table), (counts) => {
        const { kappa, low, high, observed } = agreementOf(counts)
        const turned = counts.map((_, i) => counts.map((row) => row[i] ?? 0))
        const renamed = counts.toReversed().map((row) => row.toReversed())
        for (const other of [agreementOf(turned), agreementOf(renamed)]) {
          expect(other.observed ?? 0).toBeCloseTo(observed ?? 0, 10)
          expect(other.kappa ?? 0).toBeCloseTo(kappa ?? 0, 9)
          expect(other.low ?? 0).toBeCloseTo(low ?? 0, 6)
        }
        if (kappa === null || low === null || high === null) return
        expect(low).toBeGreaterThanOrEqual(-1)
        expect(low).toBeLessThanOrEqual(kappa + 1e-12)
        expect(high).toBeGreaterThanOrEqual(kappa - 1e-12)
        expect(high).toBeLessThanOrEqual(1)
        expect(kappa).toBeLessThanOrEqual(1 + 1e-12)
      }),
    )
  })
})
