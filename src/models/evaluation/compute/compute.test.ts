import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computeAt, computeGrowth, fitCurve, fitPowerLaw, lossAt, type Point } from './index.ts'

interface Vectors {
  fits: { points: Point[]; unit: number; floor: number; scale: number; exponent: number; sse: number }[]
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/models/statistics.json', import.meta.url), 'utf8'),
)

const family = (noise = 0): Point[] =>
  [1e20, 3e20, 1e21, 3e21, 1e22, 3e22, 1e23, 3e23].map((flops, i) => ({
    flops,
    loss: 1.7 + 0.9 * (flops / 1e22) ** -0.15 + noise * (i % 2 === 0 ? 1 : -1),
  }))
const facts = (flops: number, loss: number | null = null, gains = 1) => ({ flops, loss, gains })

describe('the curve', () => {
  it.each(vectors.fits.map((fit, i) => ({ i, fit })))('fits family $i no worse than scipy does', ({ fit }) => {
    const law = fitPowerLaw(fit.points)
    if (law === null) throw new Error('no fit')
    const sse = fit.points.reduce((sum, { flops, loss }) => sum + (lossAt(law, flops) - loss) ** 2, 0)
    expect(sse).toBeLessThanOrEqual(fit.sse + 1e-9)
    expect(law.unit / fit.unit).toBeCloseTo(1, 10)
    expect(law.floor).toBeCloseTo(fit.floor, 3)
    expect(law.scale).toBeCloseTo(fit.scale, 3)
    expect(law.exponent).toBeCloseTo(fit.exponent, 3)
  })

  it('gives back the compute of a loss that lies on it', () => {
    const law = fitPowerLaw(family())
    if (law === null) throw new Error('no fit')
    fc.assert(
      fc.property(fc.double({ min: 20, max: 26, noNaN: true }), (log) => {
        const flops = 10 ** log
        expect(computeAt(law, lossAt(law, flops)) / flops).toBeCloseTo(1, 5)
      }),
    )
    expect(computeAt(law, law.floor)).toBe(Number.POSITIVE_INFINITY)
  })

  it.each([
    ['too few points', family().slice(0, 3)],
    ['one compute many times', family().map(({ loss }) => ({ flops: 1e22, loss }))],
    ['a curve that rises', family().map(({ flops }, i) => ({ flops, loss: 2 + i / 10 }))],
  ])('is none for %s', (_, points) => {
    expect(fitPowerLaw(points)).toBeNull()
    expect(fitCurve(points)).toBeNull()
  })
})

describe('growth of effective compute', () => {
  const curve = fitCurve(family(0.002))
  const law = fitPowerLaw(family())
  const at = (flops: number) => (law === null ? 0 : lossAt(law, flops))
  const ask = (over: object) =>
    computeGrowth({ now: facts(1e22), reference: facts(1e22), multiplier: 1, curve: null, allowedTo: null, ...over })

  it('is the ratio of FLOP times what is declared, with low confidence, where there is no curve', () => {
    expect(ask({ now: facts(3e22) })).toMatchObject({ k: 3, kHi: 3, confidence: 'low' })
    expect(ask({ now: facts(3e22), multiplier: 1.5 }).kHi).toBeCloseTo(4.5)
    expect(ask({ now: facts(1e22, null, 5) }).kHi).toBeCloseTo(5)
    expect(ask({ now: facts(1e22), multiplier: 9 }).kHi).toBe(1)
  })

  it('takes the upper bound of the curve, which lies above its middle', () => {
    const grown = ask({ now: facts(3e22, at(9e22)), reference: facts(3e22, at(3e22)), curve })
    const byCurve = grown.estimates.find(({ method }) => method === 'curve')
    expect(grown.confidence).toBe('measured')
    expect(byCurve?.k).toBeGreaterThan(2.4)
    expect(byCurve?.k).toBeLessThan(3.6)
    expect(byCurve?.kHi).toBeGreaterThan(byCurve?.k ?? 99)
    expect(grown.kHi).toBe(byCurve?.kHi)
    // The same evidence gives the same bound.
    expect(ask({ now: facts(3e22, at(9e22)), reference: facts(3e22, at(3e22)), curve })).toEqual(grown)
  })

  it('counts the largest estimate: a flattering curve changes nothing', () => {
    expect(ask({ now: facts(5e22, at(1e21)), reference: facts(1e22, at(1e22)), curve }).kHi).toBeGreaterThanOrEqual(5)
  })

  it('can bound nothing for a loss that the curve never reaches', () => {
    const grown = ask({ now: facts(2e22, 1), curve })
    expect(grown.kHi).toBe(Number.POSITIVE_INFINITY)
  })

  it('says when it reads the curve where nobody measured, unless the RSO lets it', () => {
    const beyond = { now: facts(2e24, at(2e24)), reference: facts(1e24, at(1e24)), curve }
    expect(ask(beyond)).toMatchObject({ confidence: 'low', estimates: [{}, { extrapolated: true }] })
    expect(ask({ ...beyond, allowedTo: 1e26 })).toMatchObject({ confidence: 'measured' })
  })

  it('never falls below the plain ratio, and never falls with more compute', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 100, noNaN: true }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        fc.option(fc.double({ min: 1.5, max: 4, noNaN: true }), { nil: null }),
        (ratio, more, loss) => {
          const less = ask({ now: facts(1e22 * ratio, loss), curve })
          const later = ask({ now: facts(1e22 * ratio * more, loss), curve })
          expect(less.kHi).toBeGreaterThanOrEqual(ratio * 0.999999)
          expect(later.kHi).toBeGreaterThanOrEqual(less.kHi * 0.999999)
        },
      ),
      { numRuns: 30 },
    )
  })
})
