import type { QueuedReport, RegressionCase, ReportDetail, ReproductionView } from '../intake/index.ts'

export function reportLine({ id, state, kind, band, assessed, clock, assignee }: QueuedReport): string {
  const severity = assessed ? band : `${band}?`
  const due =
    clock === null
      ? ''
      : `${clock.title.split(':')[0]} due ${clock.dueAt}${clock.state === 'overdue' ? ' OVERDUE' : ''}`
  const parts = [id, state.padEnd(9), severity.padEnd(14), kind.padEnd(16), assignee ?? 'nobody', due]
  return parts.join('  ').trimEnd()
}

export function describeReport(report: ReportDetail): string {
  const { id, state, closedAs, kind, category, severity, band, triage, clocks, reproductions, chain, near, publicOn } =
    report
  const rows: [string, string | null][] = [
    ['report', `${id}, by ${report.channel}, ${report.receivedAt}`],
    ['state', closedAs === null ? state : `${state}: ${closedAs.replaceAll('_', ' ')}`],
    ['about', `${kind.replaceAll('_', ' ')}${category === null ? '' : `, ${category.replaceAll('_', ' ')}`}`],
    ['severity', `${band}${triage.override === null ? '' : ' (a person says so)'}: ${severity.sum}`],
    ...severity.factors.map(({ factor, level, means }): [string, string] => [
      `  ${factor}`,
      `${level.replaceAll('_', ' ')}: ${means}`,
    ]),
    ['', severity.floor],
    ['public on', publicOn],
    ...clocks.map(({ title, dueAt, state: stands }): [string, string] => [
      'clock',
      `${stands.padEnd(8)} ${dueAt}  ${title}`,
    ]),
    ...near.map(({ id: other, likeness }): [string, string] => ['like', `${other}  ${likeness.toFixed(2)}`]),
    ...reproductions.map((one): [string, string] => ['tried', describeRun(one)]),
    ...chain.map((link): [string, string] => [
      'chain',
      `${link.state.padEnd(8)} ${link.title}${link.id === null ? '' : ` ${link.id}`}: ${link.says}`,
    ]),
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : `${name.padEnd(17)} ${value}`)).join('\n')
}

/** `7 of 10 harmful (95 % interval 40 % to 89 %), 1 error; through the gateway, orca/3` */
export function describeRun({
  id,
  state,
  shares,
  tally,
  attempts,
  n,
  through,
  checkpoint,
  problem,
}: ReproductionView): string {
  const { judged } = shares
  const percent = (share: number) => `${Math.round(100 * share)} %`
  const counted = `${judged.k} of ${judged.n} harmful (95 % interval ${percent(judged.low)} to ${percent(judged.high)})`
  const errors = tally.error === 0 ? '' : `, ${tally.error} errors`
  const way = through === 'gateway' ? 'through the gateway' : 'past the gateway'
  const stands =
    state === 'done' ? '' : `; ${state}, ${attempts.length} of ${n} tried${problem === null ? '' : `: ${problem}`}`
  return `${id}  ${counted}${errors}; ${way}, ${checkpoint}${stands}`
}

export function caseLine({ id, state, expectation, report, policyCheck, deployments }: RegressionCase): string {
  const where = deployments === null ? 'all deployments' : deployments.join(', ')
  const policy =
    policyCheck === null ? 'not put to the policy yet' : `policy ${policyCheck.policy.version}: ${policyCheck.says}`
  return `${id}  ${state.padEnd(8)}  ${expectation.padEnd(8)}  ${report}  ${where}  ${policy}`
}
