import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { betaShare } from '../../../base/statistics/beta.ts'
import { clopperPearson, clusterBootstrap, clusteredBounds, effectiveTrials, wilson } from './index.ts'

interface Vectors {
  rates: { successes: number; trials: number; wilson: number[]; clopperPearson: number[] }[]
  fractions: { successes: number; trials: number; lower: number; upper: number }[]
  betas: { x: number; a: number; b: number; share: number }[]
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/models/statistics.json', import.meta.url), 'utf8'),
)
const cluster = fc
  .integer({ min: 1, max: 30 })
  .chain((trials) => fc.record({ successes: fc.integer({ min: 0, max: trials }), trials: fc.constant(trials) }))

describe('bounds of a rate', () => {
  it.each(vectors.betas)('share of beta($a, $b) below $x', ({ x, a, b, share }) => {
    expect(betaShare(x, a, b)).toBeCloseTo(share, 11)
  })

  it.each(vectors.rates)('$successes of $trials as statsmodels has them', (vector) => {
    const [wl = 0, wu = 0] = vector.wilson
    const [cl = 0, cu = 0] = vector.clopperPearson
    expect(wilson(vector).lower).toBeCloseTo(wl, 12)
    expect(wilson(vector).upper).toBeCloseTo(wu, 12)
    expect(clopperPearson(vector).lower).toBeCloseTo(cl, 10)
    expect(clopperPearson(vector).upper).toBeCloseTo(cu, 10)
  })

  it.each(vectors.fractions)('$successes of $trials, as scipy has them', (vector) => {
    expect(clopperPearson(vector).lower).toBeCloseTo(vector.lower, 10)
    expect(clopperPearson(vector).upper).toBeCloseTo(vector.upper, 10)
  })

  it('say nothing where nothing was tried', () => {
    for (const bounds of [wilson, clopperPearson])
      expect(bounds({ successes: 0, trials: 0 })).toEqual({ lower: 0, upper: 1 })
    expect(clusterBootstrap([])).toEqual({ lower: 0, upper: 1 })
    expect(clusteredBounds('wilson', [])).toEqual({ lower: 0, upper: 1 })
  })

  it('widen when tries go together, and not when they stand alone', () => {
    const alone = Array.from({ length: 100 }, (_, i) => ({ successes: i < 30 ? 1 : 0, trials: 1 }))
    const together = Array.from({ length: 10 }, (_, i) => ({ successes: i < 3 ? 10 : 0, trials: 10 }))
    expect(effectiveTrials(alone)).toBe(100)
    expect(effectiveTrials(together)).toBeLessThan(12)
    expect(clusteredBounds('clopper-pearson', alone)).toEqual(clopperPearson({ successes: 30, trials: 100 }))
    expect(clusteredBounds('clopper-pearson', together).upper).toBeGreaterThan(0.5)
  })

  it('take ten times the same task for one, when it never passes', () => {
    const never = Array.from({ length: 50 }, () => ({ successes: 0, trials: 10 }))
    const { upper } = clusteredBounds('clopper-pearson', never)
    expect(upper).toBeCloseTo(1 - 0.05 ** (1 / 50), 10)
  })

  it('hold the rate between them, and are never narrower than for independent tries', () => {
    fc.assert(
      fc.property(fc.array(cluster, { minLength: 1, maxLength: 40 }), (clusters) => {
        const trials = clusters.reduce((sum, one) => sum + one.trials, 0)
        const successes = clusters.reduce((sum, one) => sum + one.successes, 0)
        const plain = clopperPearson({ successes, trials })
        const { lower, upper } = clusteredBounds('clopper-pearson', clusters)
        expect(lower).toBeLessThanOrEqual(successes / trials + 1e-12)
        expect(upper).toBeGreaterThanOrEqual(successes / trials - 1e-12)
        expect(upper).toBeGreaterThanOrEqual(plain.upper - 1e-9)
        expect(lower).toBeLessThanOrEqual(plain.lower + 1e-9)
        expect(effectiveTrials(clusters)).toBeLessThanOrEqual(trials)
      }),
      { numRuns: 150 },
    )
  })
})
