import { forecastRows, forecastWords } from './forecast/index.ts'
import { type CapabilityReport, reportDigest } from './report.ts'

export const SHOWING_TITLES = {
  threatModels: 'Threat models',
  evaluations: 'Evaluations',
  elicitation: 'Elicitation',
  forecast: 'Forecast',
} as const

export const CURVE_HEAD = ['FLOP', 'loss', 'lower', 'upper', 'read in']
export const share = (value: number) => `${(value * 100).toFixed(1)} %`

/** The report as Markdown: short lines, one table. */
export function reportMarkdown(report: CapabilityReport): string {
  const { assessment, checkpoint, verdict, findings, threats, missing, evidence } = report
  const lines = [
    `# Capability report: ${checkpoint.id}`,
    '',
    `**${verdict}**. ${report.recommendation}`,
    '',
    `Assessment ${assessment.id}, opened ${assessment.openedAt}. ${checkpoint.flops.toExponential(2)} training FLOP, taken ${checkpoint.takenAt}. Report ${reportDigest(report)}.`,
    '',
    '## Findings',
    '',
    '| suite | threshold | snapshot | verdict | lower | upper | line | tries | refused | errors | unscored |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...findings.map(({ suite, threshold, snapshot, verdict: { verdict: said, lower, upper, line, totals } }) =>
      row([
        ...[suite, threshold, snapshot, said, share(lower), share(upper), share(line)],
        ...[totals.tries, totals.refused, totals.errored, totals.unscored].map(String),
      ]),
    ),
    '',
  ]
  if (missing.length > 0) {
    lines.push(
      '## What would move this',
      '',
      ...missing.map(({ suite, words }) => `- ${suite === null ? '' : `${suite}: `}${oneLine(words)}`),
      '',
    )
  }
  lines.push('## Threat models', '')
  for (const { threat, domain, threshold, actor, capability, baseline, suites } of threats) {
    lines.push(
      `- **${threat}** (${domain}, ${threshold}): ${oneLine(actor)} Capability: ${oneLine(capability)} Baseline: ${oneLine(baseline)} Evaluations: ${suites.join(', ')}.`,
    )
  }
  lines.push('', ...forecastMarkdown(report), ...deviationsMarkdown(report), '## The case', '')
  for (const [name, title] of Object.entries(SHOWING_TITLES)) {
    const showing = Object.entries(assessment.showings).find(([key]) => key === name)?.[1] ?? null
    lines.push(
      `### ${title}`,
      '',
      showing === null ? '*Not made.*' : `${showing.words.replaceAll(/^(#|\|)/gm, '\\$1')}`,
      '',
    )
    if (showing !== null) lines.push(...showing.evidence.map((digest) => `- evidence ${digest}`), '')
  }
  lines.push(
    '## Evidence',
    '',
    '| suite | snapshot | file (SHA-256) | format | imported |',
    '| --- | --- | --- | --- | --- |',
  )
  lines.push(
    ...evidence.map(({ suite, snapshot, fileDigest, format, importedAt }) =>
      row([suite, snapshot, fileDigest, format, importedAt]),
    ),
    '',
  )
  return lines.join('\n')
}

function forecastMarkdown({ forecast, forecasts = [] }: CapabilityReport): string[] {
  if (forecast === undefined) return []
  const rows = forecastRows(forecast)
  const table = rows.length === 0 ? [] : ['', row(CURVE_HEAD), row(CURVE_HEAD.map(() => '---')), ...rows.map(row)]
  const said = forecasts.map(
    ({ madeAt, run, chance, words }) =>
      `- ${madeAt.slice(0, 10)}${run === null ? '' : `, run ${run}`}: ${share(chance)} that the next level is reached. ${oneLine(words)}`,
  )
  const expected = said.length === 0 ? ['*Nobody wrote down what is expected.*'] : said
  return [
    '## Forecast',
    '',
    ...forecastWords(forecast).map((words) => `- ${oneLine(words)}`),
    ...table,
    '',
    ...expected,
    '',
  ]
}

function deviationsMarkdown({ deviations }: CapabilityReport): string[] {
  if (deviations === undefined) return []
  const lines = deviations.map(({ at, kind, words }) => `- ${at.slice(0, 10)} ${kind}: ${oneLine(words)}`)
  return ['## Deviations', '', ...(lines.length === 0 ? ['None on record.'] : lines), '']
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
