import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testString } from '../../test-string.ts'
import { Tally } from '../encoder/tally.ts'
import { Scale, withoutTestString } from './scale.ts'

const probability = fc.double({ min: 0.01, max: 0.99, noNaN: true })

describe('Scale', () => {
  it('puts the old threshold on the new one and keeps the order, within [0, 1]', () => {
    fc.assert(
      fc.property(probability, probability, probability, probability, (own, wanted, a, b) => {
        const scale = new Scale({ hate: own }, { hate: wanted })
        expect(scale.align('hate', own)).toBeCloseTo(wanted, 10)
        const [low, high] = a < b ? [a, b] : [b, a]
        expect(scale.align('hate', low)).toBeLessThanOrEqual(scale.align('hate', high))
        if (high - low > 1e-9) expect(scale.align('hate', low)).toBeLessThan(scale.align('hate', high))
        expect(scale.align('hate', a) >= 0 && scale.align('hate', a) <= 1).toBe(true)
      }),
      { examples: [[0.010587628826865628, 0.6220188244185559, 0.010000000000000021, 0.010000000000000024]] },
    )
  })

  it('keeps 0, 1, and labels without a threshold', () => {
    const scale = new Scale({ hate: 0.2, chemical: 0.3 }, { hate: 0.9 })
    expect(scale.alignAll({ hate: 0, chemical: 0.4, privacy: 0.5 })).toEqual({ hate: 0, chemical: 0.4, privacy: 0.5 })
    expect(scale.align('hate', 1)).toBe(1)
  })

  it('survives thresholds at the ends', () => {
    expect(new Scale({ hate: 0 }, { hate: 1 }).align('hate', 0.5)).toBeGreaterThan(0.9)
  })
})

describe('Scale.alignAssessment', () => {
  it('says of a whole assessment what a tally of its aligned scores says', () => {
    const scoresOf = fc.record({ hate: probability, chemical: probability, privacy: probability })
    const place = fc.record({ segment: fc.nat(3), start: fc.nat(50), end: fc.nat(50) })
    fc.assert(
      fc.property(
        scoresOf,
        fc.record({ hate: place, privacy: place }),
        probability,
        probability,
        (scores, at, a, b) => {
          const scale = new Scale({ hate: a, chemical: b }, { hate: b, chemical: a })
          const found = (['hate', 'privacy'] as const).filter((label) => scores[label] >= 0.1)
          const evidence = found.map((label) => ({ label, score: scores[label], ...at[label] }))
          const tally = new Tally()
          tally.raiseAll(scale.alignAll(scores), (label) => evidence.find((one) => one.label === label))
          const aligned = scale.alignAssessment({ classifier: 'x@1', scores, evidence, testString: false }, 'y@2')
          expect(aligned.classifier).toBe('y@2')
          expect(aligned.scores).toEqual(tally.scores)
          expect(aligned.evidence).toEqual(tally.evidence)
        },
      ),
    )
  })
})

describe('withoutTestString', () => {
  const base = { classifier: 'x@1', evidence: [] }
  it('takes what the classifier says would be, else leaves out what the string set', () => {
    expect(testString('hate')).toContain('HATE')
    const found = { ...base, testString: true, scores: { hate: 1, privacy: 0.2 } }
    expect(withoutTestString(found)).toEqual({ privacy: 0.2 })
    expect(withoutTestString({ ...found, scoresWithoutTestString: { hate: 0.1, privacy: 0.2 } })).toEqual({
      hate: 0.1,
      privacy: 0.2,
    })
  })
})
