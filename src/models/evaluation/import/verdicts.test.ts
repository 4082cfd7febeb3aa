import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { judgeSuite, totalsOf } from '../verdict/index.ts'
import { importLog } from './index.ts'

interface Case {
  readonly log: string
  readonly count: number
  readonly totals: Record<string, number>
  readonly autonomy: { readonly lower: number; readonly upper: number }
  readonly rate: { readonly lower: number; readonly upper: number }
}
const FOLDER = new URL('../../../../test/vectors/models/', import.meta.url)
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(new URL('verdicts.json', FOLDER), 'utf8'))

/** Counted and computed by a program of its own, with scipy and statsmodels: test/vectors/models/verdicts.py. */
describe('logs of inspect_ai come to what a calculation by other hands comes to', () => {
  it.each(cases)('$log of $count tasks', async ({ log, count, totals, autonomy, rate }) => {
    const read = await importLog(new URL(`inspect/${log}`, FOLDER).pathname, { passAt: 1, scorer: null })
    expect(totalsOf(read.tallies)).toMatchObject(totals)
    const suite = { tasks: null, count }
    const byTasks = judgeSuite({ ...suite, rule: { kind: 'autonomy', line: 0.5, tries: 10 } }, read.tallies)
    expect(byTasks.lower).toBeCloseTo(autonomy.lower, 12)
    expect(byTasks.upper).toBeCloseTo(autonomy.upper, 12)
    const byRate = judgeSuite({ ...suite, rule: { kind: 'rate', line: 0.5, bounds: 'clopper-pearson' } }, read.tallies)
    expect(byRate.lower).toBeCloseTo(rate.lower, 9)
    expect(byRate.upper).toBeCloseTo(rate.upper, 9)
    // The line itself: just below a bound it is met, just above it is not.
    const at = (line: number) =>
      judgeSuite({ ...suite, rule: { kind: 'rate', line, bounds: 'clopper-pearson' } }, read.tallies).verdict
    if (rate.upper < 1) expect(at(rate.upper + 1e-6)).toBe('BELOW')
    expect(at(Math.min(1, rate.upper - 1e-6))).not.toBe('BELOW')
    if (rate.lower > 0) expect(at(rate.lower - 1e-6)).toBe('MET')
  })
})
