import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../ledger/index.ts'
import { Checkpoint } from '../registry/index.ts'
import type { AssessmentVerdict } from './judging.ts'
import { Assessment, Missing, type Result, Suite, ThreatModel, VerdictView } from './schema.ts'
import { VERDICTS } from './verdict/index.ts'

/** What those who decide read: findings, the case for them, the evidence by digest, and what follows. */
export const CapabilityReport = z
  .object({
    assessment: Assessment.omit({ decision: true, receipts: true, clearedAt: true, state: true, reportDigest: true }),
    checkpoint: Checkpoint,
    verdict: z.enum(VERDICTS),
    recommendation: z.string(),
    threats: z.array(ThreatModel),
    suites: z.array(Suite.omit({ listed: true })),
    findings: z.array(
      z.object({ suite: z.string(), threshold: z.string(), snapshot: z.string(), verdict: VerdictView }),
    ),
    missing: z.array(Missing.extend({ suite: z.string().nullable() })),
    evidence: z.array(
      z.object({
        suite: z.string(),
        snapshot: z.string(),
        fileDigest: z.string(),
        format: z.string(),
        importedAt: z.string(),
      }),
    ),
  })
  .meta({ id: 'CapabilityReport' })
export type CapabilityReport = z.infer<typeof CapabilityReport>

interface ReportFacts {
  readonly assessment: Assessment
  readonly verdict: AssessmentVerdict
  readonly suites: readonly Suite[]
  readonly threats: readonly ThreatModel[]
  readonly results: readonly Result[]
  readonly checkpoint: Checkpoint
}

const RECOMMENDATIONS = {
  BELOW:
    'The thresholds are shown not to be met. Training may go on and deployment stays as it is, once the CEO and the Responsible Scaling Officer have decided so and the board has their decision.',
  MET: 'A threshold is met. The measures of the next level are put in place, or training pauses; where it is deployed, new customers are refused and every deployment is assessed (2d).',
  INCONCLUSIVE:
    'It is not shown that the thresholds are not met, which counts as if they were. What would move this is listed below.',
} as const

export function reportOf({ assessment, verdict, suites, threats, results, checkpoint }: ReportFacts): CapabilityReport {
  const { decision: _, receipts: __, clearedAt: ___, state: ____, reportDigest: _____, ...about } = assessment
  return {
    // The verdict of the report is computed from the tries; that of the record is set when it is concluded.
    assessment: {
      ...about,
      verdict: verdict.verdict,
      missing: [...verdict.missing],
      concludedAt: null,
      concludedBy: null,
      late: false,
    },
    checkpoint,
    verdict: verdict.verdict,
    recommendation: RECOMMENDATIONS[verdict.verdict],
    threats: [...threats],
    suites: suites.map(({ listed: _, ...suite }) => suite),
    findings: verdict.snapshots.map(({ suite, snapshot, verdict: found }) => ({
      suite,
      threshold: suites.find((one) => one.suite === suite)?.threshold ?? '',
      snapshot,
      verdict: { ...found, missing: [...found.missing] },
    })),
    missing: [...verdict.missing],
    evidence: results.map(({ suite, snapshot, fileDigest, format, importedAt }) => ({
      suite,
      snapshot,
      fileDigest,
      format,
      importedAt,
    })),
  }
}

/** What the decision is about: SHA-256 of the report as canonical JSON, hex. */
export function reportDigest(report: CapabilityReport): string {
  return createHash('sha256').update(canonicalJson(report)).digest('hex')
}

const SHOWING_TITLES = {
  threatModels: 'Threat models',
  evaluations: 'Evaluations',
  elicitation: 'Elicitation',
  forecast: 'Forecast',
} as const

const share = (value: number) => `${(value * 100).toFixed(1)} %`

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
  lines.push('', '## The case', '')
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

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

const safe = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The report as one page that needs nothing else; print it for a PDF. */
export function reportHtml(report: CapabilityReport): string {
  const { assessment, checkpoint, verdict, findings, threats, missing, evidence } = report
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
    `<table><thead><tr>${head.map((cell) => `<th>${safe(cell)}</th>`).join('')}</tr></thead><tbody>${rows
      .map((cells) => `<tr>${cells.map((cell) => `<td>${safe(cell)}</td>`).join('')}</tr>`)
      .join('')}</tbody></table>`
  const found = findings.map(
    ({ suite, threshold, snapshot, verdict: { verdict: said, lower, upper, line, totals } }) => [
      ...[suite, threshold, snapshot, said, share(lower), share(upper), share(line)],
      ...[totals.tries, totals.refused, totals.errored, totals.unscored].map(String),
    ],
  )
  const gaps = missing
    .map(({ suite, words }) => `<li>${safe(suite === null ? words : `${suite}: ${words}`)}</li>`)
    .join('')
  const showings = Object.entries(assessment.showings).map(([name, showing]) => {
    const said = showing === null ? '<em>Not made.</em>' : safe(showing.words).replaceAll('\n', '<br>')
    const digests = showing === null ? '' : showing.evidence.map((digest) => `<li><code>${digest}</code></li>`).join('')
    return `<h3>${safe(name)}</h3><p>${said}</p><ul>${digests}</ul>`
  })
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Capability report: ${safe(checkpoint.id)}</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
th,td{border:1px solid;padding:.25rem .5rem;text-align:left;font-size:.85rem;overflow-wrap:anywhere}@media print{body{margin:0}}
</style></head><body><h1>Capability report: ${safe(checkpoint.id)}</h1>
<p><strong>${verdict}</strong>. ${safe(report.recommendation)}</p>
<p>Assessment ${safe(assessment.id)}, opened ${safe(assessment.openedAt)}. ${checkpoint.flops.toExponential(2)} training FLOP, taken ${safe(checkpoint.takenAt)}. Report <code>${reportDigest(report)}</code>.</p>
<h2>Findings</h2>${table(['suite', 'threshold', 'snapshot', 'verdict', 'lower', 'upper', 'line', 'tries', 'refused', 'errors', 'unscored'], found)}
${gaps === '' ? '' : `<h2>What would move this</h2><ul>${gaps}</ul>`}
<h2>Threat models</h2>${table(
    ['threat', 'domain', 'threshold', 'actor', 'capability', 'baseline', 'evaluations'],
    threats.map((one) => [
      one.threat,
      one.domain,
      one.threshold,
      one.actor,
      one.capability,
      one.baseline,
      one.suites.join(', '),
    ]),
  )}
<h2>The case</h2>${showings.join('')}
<h2>Evidence</h2>${table(
    ['suite', 'snapshot', 'file (SHA-256)', 'format', 'imported'],
    evidence.map((one) => [one.suite, one.snapshot, one.fileDigest, one.format, one.importedAt]),
  )}</body></html>`
}
