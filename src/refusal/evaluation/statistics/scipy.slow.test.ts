import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { askPython, findPython } from '../../../../test/support/python-tools.ts'
import { seededRandom } from '../../../base/random.ts'
import { wilsonInterval } from '../../../base/statistics/intervals.ts'
import { mcnemarExact, signFlipTest } from './exact.ts'
import { resampledMean } from './resample.ts'
import { t95 } from './student.ts'

const python = findPython('statistics of refusals against SciPy’s', ['scipy', 'numpy'])

const SCRIPT = `
import json, sys
import numpy as np
from scipy import stats
given = json.load(sys.stdin)
print(json.dumps({
  "wilson": [list(stats.binomtest(k, n).proportion_ci(method="wilson")) for k, n in given["shares"]],
  "mcnemar": [stats.binomtest(b, b + c).pvalue for b, c in given["discordant"]],
  "t": [stats.t.ppf(0.975, df) for df in given["df"]],
  "flips": [stats.permutation_test((np.array(d, float),), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue for d in given["differences"]],
  "bootstrap": [list(stats.bootstrap((np.array(d, float),), np.mean, method="percentile", n_resamples=20000, rng=np.random.default_rng(5)).confidence_interval) for d in given["samples"]],
}))
`
const Answer = z.object({
  wilson: z.array(z.array(z.number())),
  mcnemar: z.array(z.number()),
  t: z.array(z.number()),
  flips: z.array(z.number()),
  bootstrap: z.array(z.array(z.number())),
})

describe.skipIf(python === null)('statistics of refusals', () => {
  const random = seededRandom(23)
  const draw = (most: number) => Math.floor(random() * (most + 1))
  const given = {
    shares: Array.from({ length: 50 }, () => {
      const of = 1 + draw(400)
      return [draw(of), of] as const
    }),
    discordant: Array.from({ length: 50 }, () => [draw(80), 1 + draw(80)] as const),
    df: [1, 2, 3, 4, 5, 8, 12, 30, 100, 1_000],
    differences: Array.from({ length: 12 }, () => Array.from({ length: 10 }, () => draw(8) - 4)),
    samples: Array.from({ length: 6 }, (_, at) => Array.from({ length: 60 }, () => draw(2 + at) - 1)),
  }
  const theirs = () => Answer.parse(askPython(python ?? '', SCRIPT, JSON.stringify(given)))

  it('are SciPy’s', () => {
    const answer = theirs()
    for (const [at, [count, of]] of given.shares.entries()) {
      const [low, high] = wilsonInterval(count / of, of)
      expect(low).toBeCloseTo(answer.wilson[at]?.[0] ?? Number.NaN, 9)
      expect(high).toBeCloseTo(answer.wilson[at]?.[1] ?? Number.NaN, 9)
    }
    for (const [at, [b, c]] of given.discordant.entries())
      expect(mcnemarExact(b, c)).toBeCloseTo(answer.mcnemar[at] ?? Number.NaN, 9)
    for (const [at, df] of given.df.entries()) {
      const exact = answer.t[at] ?? Number.NaN
      expect(Math.abs(t95(df) - exact) / exact).toBeLessThan(0.005)
    }
    for (const [at, differences] of given.differences.entries())
      expect(signFlipTest(differences)).toBeCloseTo(answer.flips[at] ?? Number.NaN, 9)
    for (const [at, sample] of given.samples.entries()) {
      const clusters = sample.map((sum) => ({ sum, of: 1 }))
      const own = resampledMean(clusters, seededRandom(3), 20_000) ?? [Number.NaN, Number.NaN]
      const width = (answer.bootstrap[at]?.[1] ?? 0) - (answer.bootstrap[at]?.[0] ?? 0)
      expect(Math.abs(own[0] - (answer.bootstrap[at]?.[0] ?? Number.NaN))).toBeLessThan(0.06 * width)
      expect(Math.abs(own[1] - (answer.bootstrap[at]?.[1] ?? Number.NaN))).toBeLessThan(0.06 * width)
    }
  })
})
