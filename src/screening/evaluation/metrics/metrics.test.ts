import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../../../test/vectors/metrics/scikit-learn.json' with { type: 'json' }
import { seededRandom } from '../../../base/random.ts'
import { bootstrap } from './bootstrap.ts'
import { calibration } from './calibration.ts'
import { Ranking } from './ranking.ts'
import { confusion, f1, falsePositiveRate, precision, recall, wilson } from './rates.ts'

const rows = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 1 })), { minLength: 2, maxLength: 60 })
  .map((pairs) => ({
    scores: Float64Array.from(pairs, ([score]) => score / 12),
    labels: Uint8Array.from(pairs, ([, label]) => label),
  }))
const bothClasses = rows.filter(({ labels }) => labels.includes(0) && labels.includes(1))

function flaggedAt(scores: Float64Array, threshold: number): Uint8Array {
  return Uint8Array.from(scores, (score) => (score >= threshold ? 1 : 0))
}

describe.each(vectors.cases)('agrees with scikit-learn: $name', (expected) => {
  const scores = Float64Array.from(expected.scores)
  const labels = Uint8Array.from(expected.labels)
  const ranking = new Ranking(scores, labels)
  const counts = confusion(labels, flaggedAt(scores, expected.threshold))

  it('on rankings', () => {
    const metrics = ranking.metrics(0.01)
    expect(metrics.averagePrecision).toBeCloseTo(expected.averagePrecision, 12)
    expect(metrics.auroc).toBeCloseTo(expected.auroc, 12)
    expect(metrics.recallAtFpr).toBeCloseTo(expected.recallAt1PercentFpr, 12)
    expect(ranking.metrics(0.2).recallAtFpr).toBeCloseTo(expected.recallAt20PercentFpr, 12)
  })

  it('on decisions', () => {
    expect(f1(counts)).toBeCloseTo(expected.f1, 12)
    expect(precision(counts).rate ?? 0).toBeCloseTo(expected.precision, 12)
    expect(recall(counts).rate).toBeCloseTo(expected.recall, 12)
    expect(falsePositiveRate(counts).rate).toBeCloseTo(expected.fpr, 12)
    const interval = recall(counts).interval
    expect(interval?.[0]).toBeCloseTo(expected.recallWilson[0] ?? Number.NaN, 9)
    expect(interval?.[1]).toBeCloseTo(expected.recallWilson[1] ?? Number.NaN, 9)
  })

  it('on probabilities', () => {
    const found = calibration(scores, labels)
    expect(found.brier).toBeCloseTo(expected.brier, 12)
    expect(found.ece).toBeCloseTo(expected.ece, 12)
  })
})

describe('Ranking', () => {
  it('gives the AUROC of all pairs, ties counting half', () => {
    fc.assert(
      fc.property(bothClasses, ({ scores, labels }) => {
        let won = 0
        let pairs = 0
        for (const [i, a] of scores.entries()) {
          for (const [j, b] of scores.entries()) {
            if (labels[i] !== 1 || labels[j] !== 0) continue
            pairs += 1
            won += a > b ? 1 : a === b ? 0.5 : 0
          }
        }
        expect(new Ranking(scores, labels).metrics(0.01).auroc).toBeCloseTo(won / pairs, 10)
      }),
    )
  })

  it('does not depend on the order of rows, nor on the scale of scores', () => {
    fc.assert(
      fc.property(bothClasses, fc.integer(), ({ scores, labels }, seed) => {
        const random = seededRandom(seed)
        const order = [...scores.keys()].map((at) => ({ at, by: random() })).sort((a, b) => a.by - b.by)
        const shuffled = new Ranking(
          Float64Array.from(order, ({ at }) => Math.exp(3 * (scores[at] ?? 0)) - 7),
          Uint8Array.from(order, ({ at }) => labels[at] ?? 0),
        )
        expect(shuffled.metrics(0.1)).toEqual(new Ranking(scores, labels).metrics(0.1))
      }),
    )
  })

  it('counts a weighted row as that many rows', () => {
    fc.assert(
      fc.property(bothClasses, fc.integer(), ({ scores, labels }, seed) => {
        const ranking = new Ranking(scores, labels)
        const random = seededRandom(seed)
        const weights = Uint32Array.from(scores, () => Math.floor(random() * 4))
        const repeated = [...weights].flatMap((weight, rank) => Array.from({ length: weight }, () => rank))
        const direct = new Ranking(
          Float64Array.from(repeated, (rank) => ranking.scores[rank] ?? 0),
          Uint8Array.from(repeated, (rank) => ranking.labels[rank] ?? 0),
        )
        const [weighted, counted] = [ranking.metrics(0.2, weights), direct.metrics(0.2)]
        for (const name of ['averagePrecision', 'auroc', 'recallAtFpr'] as const) {
          if (counted[name] === null) expect(weighted[name]).toBeNull()
          else expect(weighted[name]).toBeCloseTo(counted[name], 10)
        }
      }),
    )
  })

  it('finds the recall at a share of false positives that a search over all thresholds finds', () => {
    fc.assert(
      fc.property(bothClasses, fc.double({ min: 0, max: 1, noNaN: true }), ({ scores, labels }, maxFpr) => {
        const best = [Number.POSITIVE_INFINITY, ...scores]
          .map((threshold) => confusion(labels, flaggedAt(scores, threshold)))
          .filter((counts) => counts.falsePositives <= maxFpr * (counts.falsePositives + counts.trueNegatives))
          .map((counts) => recall(counts).rate ?? 0)
        expect(new Ranking(scores, labels).metrics(maxFpr).recallAtFpr).toBeCloseTo(Math.max(...best), 10)
      }),
    )
  })

  it('says nothing where a class is missing', () => {
    expect(new Ranking(Float64Array.of(0.1, 0.9), Uint8Array.of(0, 0)).metrics(0.01)).toEqual({
      averagePrecision: null,
      auroc: null,
      recallAtFpr: null,
    })
    expect(new Ranking(new Float64Array(0), new Uint8Array(0)).metrics(0.01).auroc).toBeNull()
  })
})

describe('wilson', () => {
  it('holds the rate, stays within [0, 1], and narrows with more rows', () => {
    fc.assert(
      fc.property(fc.nat({ max: 500 }), fc.integer({ min: 1, max: 500 }), (some, of) => {
        const count = Math.min(some, of)
        const [low, high] = wilson(count, of).interval ?? [Number.NaN, Number.NaN]
        const [lowMore, highMore] = wilson(count * 4, of * 4).interval ?? [Number.NaN, Number.NaN]
        expect(low).toBeGreaterThanOrEqual(0)
        expect(low).toBeLessThanOrEqual(count / of)
        expect(high).toBeGreaterThanOrEqual(count / of)
        expect(high).toBeLessThanOrEqual(1)
        expect(highMore - lowMore).toBeLessThan(high - low)
      }),
    )
  })

  it('has nothing to say about no rows', () => {
    expect(wilson(0, 0)).toEqual({ count: 0, of: 0, rate: null, interval: null })
    expect(f1(confusion(Uint8Array.of(0), Uint8Array.of(0)))).toBeNull()
  })
})

describe('calibration', () => {
  it('puts every row into one bin, and errs by nothing where predictions come true', () => {
    fc.assert(
      fc.property(rows, ({ scores, labels }) => {
        const found = calibration(scores, labels)
        expect(found.bins.reduce((sum, { count }) => sum + count, 0)).toBe(scores.length)
        expect(found.ece).toBeGreaterThanOrEqual(0)
        expect(found.ece).toBeLessThanOrEqual(1)
        expect(calibration(Float64Array.from(labels), labels)).toMatchObject({ brier: 0, ece: 0 })
      }),
    )
  })
  it('says nothing about no rows', () => {
    expect(calibration(new Float64Array(0), new Uint8Array(0))).toMatchObject({ brier: null, ece: null })
  })
})

describe('bootstrap', () => {
  it('agrees with a bootstrap of scikit-learn figures', () => {
    const expected = vectors.cases.find(({ averagePrecisionBootstrap }) => averagePrecisionBootstrap !== undefined)
    const ranking = new Ranking(Float64Array.from(expected?.scores ?? []), Uint8Array.from(expected?.labels ?? []))
    const members = [...ranking.labels.keys()]
    const strata = [0, 1].map((label) => Uint32Array.from(members.filter((rank) => ranking.labels[rank] === label)))
    const intervals = bootstrap(strata, ranking.size, 4_000, seededRandom(1), (weights) => {
      const { averagePrecision, auroc } = ranking.metrics(0.01, weights)
      return [averagePrecision, auroc]
    })
    const published = [expected?.averagePrecisionBootstrap, expected?.aurocBootstrap]
    for (const [k, interval] of intervals.entries()) {
      expect(Math.abs((interval?.[0] ?? 9) - (published[k]?.[0] ?? 0))).toBeLessThan(0.01)
      expect(Math.abs((interval?.[1] ?? 9) - (published[k]?.[1] ?? 0))).toBeLessThan(0.01)
    }
  })

  it('draws each stratum to its size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.integer(), (a, b, seed) => {
        const strata = [Uint32Array.from({ length: a }, (_, i) => i), Uint32Array.from({ length: b }, (_, i) => a + i)]
        const intervals = bootstrap(strata, a + b, 20, seededRandom(seed), (weights) => [
          weights.subarray(0, a).reduce((sum, weight) => sum + weight, 0),
          weights.subarray(a).reduce((sum, weight) => sum + weight, 0),
        ])
        expect(intervals).toEqual([
          [a, a],
          [b, b],
        ])
      }),
    )
  })

  it('gives the same interval for the same seed, and none for what is mostly undefined', () => {
    const run = (seed: number) =>
      bootstrap([Uint32Array.of(0, 1, 2)], 3, 50, seededRandom(seed), (weights) => [weights[0] ?? 0, null])
    expect(run(7)).toEqual(run(7))
    expect(run(7)[1]).toBeNull()
  })
})
