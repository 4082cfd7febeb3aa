import type { CapabilityReport } from '../evaluation/index.ts'
import type { EvaluationClaim, ThresholdClaim } from './schema.ts'

/** The figures of one suite and snapshot, as a card states them. */
export type Measured = Pick<
  EvaluationClaim,
  'name' | 'suite' | 'snapshot' | 'n' | 'tries' | 'metric' | 'value' | 'unit' | 'interval' | 'line'
>

export type ThresholdStanding = Pick<ThresholdClaim, 'threshold' | 'domain' | 'verdict'>

/** What a report says was measured, figure by figure; rounded as a card prints them, so that people can compare them by eye. */
export function measuredIn({ findings, suites }: CapabilityReport): Measured[] {
  return findings.map(({ suite: name, snapshot, verdict }) => {
    const suite = suites.find((one) => one.suite === name)
    const { totals, tasks, lower, upper, line } = verdict
    const count = suite?.tasks ?? totals.tasks
    const [metric, value, level, method] =
      tasks === null
        ? [
            'tries passed',
            totals.tries === 0 ? 0 : totals.passed / totals.tries,
            // Each bound is one-sided at 95 %: nine in ten lie between the two.
            0.9,
            `${suite?.rule.kind === 'rate' ? suite.rule.bounds : 'clopper-pearson'}, by families of tasks; refusals and errors count both ways`,
          ]
        : [
            'tasks passed',
            tasks.passed / Math.max(1, tasks.passed + tasks.failed + tasks.incomplete),
            null,
            'tasks without a clean result count both ways',
          ]
    return {
      ...{ name: `${name} ${snapshot}`.slice(0, 120), suite: name, snapshot, n: count, tries: totals.tries },
      ...{ metric, value: rounded(value), unit: 'share' },
      ...{ interval: { lower: rounded(lower), upper: rounded(upper), level, method }, line },
    }
  })
}

/**
 * What a report comes to, threshold by threshold. Never milder than the report: where something is missing that concerns every suite, or one of its
 * own, nothing is shown to be below.
 */
export function thresholdsIn({ verdict, suites, findings, missing }: CapabilityReport): ThresholdStanding[] {
  const names = [...new Set(suites.map(({ threshold }) => threshold))]
  return names.map((threshold) => {
    const own = suites.filter((suite) => suite.threshold === threshold)
    const verdicts = own.map(({ suite }) => {
      const found = findings.filter((one) => one.suite === suite).map((one) => one.verdict.verdict)
      if (found.includes('MET')) return 'MET' as const
      const doubted = missing.some((one) => one.suite === null || one.suite === suite)
      return found.length === 0 || found.includes('INCONCLUSIVE') || (doubted && verdict !== 'BELOW')
        ? ('INCONCLUSIVE' as const)
        : ('BELOW' as const)
    })
    const worst = verdicts.includes('MET') ? 'MET' : verdicts.includes('INCONCLUSIVE') ? 'INCONCLUSIVE' : 'BELOW'
    return { threshold, domain: own[0]?.domain ?? threshold, verdict: worst }
  })
}

/** Six digits tell more than any evaluation does. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6))
}
