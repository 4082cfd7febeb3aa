import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { askPython, findPython } from '../../../../../test/support/python-tools.ts'
import { Draw } from '../draw.ts'
import { bootstrap, mean, median } from './bootstrap.ts'

const python = findPython('that intervals are those of SciPy', ['scipy', 'numpy'])
const SCRIPT = `
import json, sys
import numpy
from scipy.stats import bootstrap
answers = []
for case in json.load(sys.stdin):
    statistic = numpy.mean if case["statistic"] == "mean" else numpy.median
    found = bootstrap((numpy.array(case["values"]),), statistic, n_resamples=20000, method="percentile", random_state=1, vectorized=True)
    answers.append([found.confidence_interval.low, found.confidence_interval.high])
print(json.dumps(answers))
`

describe.skipIf(python === null)('the bootstrap', () => {
  it('gives SciPy’s percentile intervals, but for the chance of resampling', () => {
    const draw = new Draw(9)
    const shares = Array.from({ length: 120 }, () => Math.min(1, draw.logNormal(0.05, 1)))
    const found = Array.from({ length: 120 }, () => (draw.chance(0.9) ? 1 : 0))
    const cases = [
      { statistic: 'mean', values: found },
      { statistic: 'mean', values: shares },
      { statistic: 'median', values: shares },
    ]
    const theirs = z
      .array(z.tuple([z.number(), z.number()]))
      .parse(askPython(python ?? '', SCRIPT, JSON.stringify(cases)))
    for (const [index, { statistic, values }] of cases.entries()) {
      const ours = bootstrap(values, statistic === 'mean' ? mean : median, { resamples: 20_000, seed: 2 })
      const spread = (theirs[index]?.[1] ?? 0) - (theirs[index]?.[0] ?? 0)
      for (const end of [0, 1] as const) {
        const difference = Math.abs((ours?.[end] ?? 0) - (theirs[index]?.[end] ?? 0))
        expect(difference).toBeLessThan(0.08 * spread)
      }
    }
  })
})
