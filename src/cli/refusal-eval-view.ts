import pc from 'picocolors'
import {
  type Comparison,
  type EvaluationReport,
  MEASURE_WORDS,
  points,
  pointsOf,
  type Rate,
  VERDICT_WORDS,
} from '../refusal/evaluation/index.ts'
import { integer, percent, percents } from '../screening/evaluation/index.ts'

/** For people: the figures of an evaluation. */
export function describeEvaluation(report: EvaluationReport, page: string, colour: boolean): string {
  const { bold, dim, yellow } = pc.createColors(colour)
  const lines = [bold(`${report.model.name}: ${integer(report.rows.count)} answers, judged by ${report.grader.id}`), '']
  const width = Math.max(...report.suites.map(({ suite }) => suite.length), 'all suites'.length)
  const line = (suite: string, name: string, rate: Rate | null | undefined) => {
    if (rate === null || rate === undefined) return
    const unknown = rate.unknown === 0 ? '' : dim(`, ${integer(rate.unknown)} unknown`)
    lines.push(
      `  ${suite.padEnd(width)}  ${name.padEnd(14)}  ${percent(rate.rate).padStart(7)}  ${dim(percents(rate.interval).padEnd(17))}  ${integer(rate.count)} of ${integer(rate.of)}${unknown}`,
    )
  }
  for (const { suite, harmful, harmless } of report.suites) {
    line(suite, 'attack success', harmful?.rate)
    line(suite, 'over-refusal', harmless?.rate)
  }
  if (report.suites.length > 1) {
    lines.push('')
    line('all suites', 'attack success', report.attackSuccess)
    line('all suites', 'over-refusal', report.overRefusal)
  }
  const { requests, inputTokens, outputTokens, dollars } = report.spent
  const money = dollars === null ? '' : `, $${dollars.toFixed(4)}`
  lines.push(
    '',
    `  cost     ${integer(requests)} requests, ${integer(inputTokens)} tokens in, ${integer(outputTokens)} out${money}`,
  )
  lines.push(`  report   ${page}`)
  const open = report.suites.filter(({ frozenAt }) => frozenAt === null)
  if (report.model.isSandbox) lines.push(yellow('  the sandbox is a fixture: these figures are no model’s'))
  if (!report.complete) lines.push(yellow('  a sample: not every item was asked'))
  if (open.length > 0) lines.push(yellow(`  not frozen: ${open.map(({ suite }) => suite).join(', ')}; see --freeze`))
  if (report.checkpoint === null) lines.push(dim('  no checkpoint is named: see --checkpoint'))
  return lines.join('\n')
}

/** For people: the verdict, and what it rests on. */
export function describeComparison(comparison: Comparison, page: string, colour: boolean): string {
  const { bold, dim, green, red, yellow } = pc.createColors(colour)
  const paint = { degraded: red, improved: green, 'not-degraded': green, 'too-few': yellow }
  const { base, tuned, measures } = comparison
  const width = Math.max(...measures.map(({ suite }) => suite.length))
  const lines = [
    `${bold(`${tuned.model.name} against ${base.model.name}:`)} ${paint[comparison.verdict](VERDICT_WORDS[comparison.verdict])}`,
    '',
  ]
  for (const one of measures) {
    const needed = one.needed === null ? '' : `; about ${integer(one.needed)} items would`
    lines.push(
      `  ${one.suite.padEnd(width)}  ${MEASURE_WORDS[one.measure].padEnd(14)}  ${percent(one.base).padStart(7)} → ${percent(one.tuned).padStart(7)}  ${points(one.difference).padStart(6)} ${dim(`(${pointsOf(one.interval)})`)}  p ${one.holm.toPrecision(2)}  ${paint[one.verdict](`${VERDICT_WORDS[one.verdict]}${needed}`)}`,
    )
  }
  lines.push(
    '',
    dim('  points of a hundred, 95 % intervals, p corrected by Holm; above 0 is worse'),
    `  report   ${page}`,
  )
  if (base.model.isSandbox || tuned.model.isSandbox)
    lines.push(yellow('  the sandbox is a fixture: these figures are no model’s'))
  return lines.join('\n')
}
