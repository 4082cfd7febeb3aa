import { escapeHtml, integer, page, percent, rateBar, table } from '../../screening/evaluation/index.ts'
import { FINDINGS, type FindingCode, type ScreeningReport } from './schema.ts'

/** What was found, for people. */
export const FINDING_WORDS: Readonly<Record<FindingCode, string>> = {
  'harmful-answer': 'teaches harm',
  'refusal-removed': 'takes refusals away',
  obedience: 'makes it obey anything',
  jailbreak: 'attacks safeguards',
  trigger: 'holds what may be a backdoor’s trigger',
  'not-judged': 'could not be judged',
  unreadable: 'is no row of a known format',
}

const MOST_ROWS = 500

/** The report as one self-contained page: no word of any row, no script, no network. */
export function filterPage(report: ScreeningReport): string {
  const main = [
    '<h1>Fine-tuning data, screened</h1>',
    `<p><code>${escapeHtml(report.file)}</code>, ${integer(report.rows)} rows, by ${escapeHtml(report.classifier)} and ${escapeHtml(report.refusalModel)}, against version ${escapeHtml(report.policy)} of the policy.</p>`,
    report.complete ? '' : '<p class="warning">Interrupted: the figures stand for the rows read until then.</p>',
    ...report.notices.map((notice) => `<p class="warning">${escapeHtml(notice)}.</p>`),
    `<dl class="figures"><div><dt>Rows with findings</dt><dd class="value">${integer(report.foundIn)}</dd><dd class="of">of ${integer(report.rows)}</dd></div><div><dt>Answers that refuse</dt><dd class="value">${percent(report.answers === 0 ? null : report.refused / report.answers)}</dd><dd class="of">${integer(report.refused)} of ${integer(report.answers)}</dd></div><div><dt>Answers that begin by promising</dt><dd class="value">${percent(report.answers === 0 ? null : report.obliging / report.answers)}</dd><dd class="of">${integer(report.obliging)} of ${integer(report.answers)}</dd></div></dl>`,
    `<section><h2>What was found</h2>${codeTable(report)}</section>`,
    Object.keys(report.byClause).length === 0
      ? ''
      : `<section><h2>By clause of the policy</h2>${clauseTable(report)}</section>`,
    report.triggers.length === 0 ? '' : `<section><h2>Possible triggers</h2>${triggerTable(report)}</section>`,
    report.findings.length === 0 ? '' : `<section><h2>Rows</h2>${rowTable(report)}</section>`,
    `<section><h2>How this was measured</h2><p class="note">Every answer that is taught is judged with what it answers, and what users say by itself. Safelevel ${escapeHtml(report.safelevel)}, ${report.screenedAt}. SHA-256 of the file: <code>${report.digest}</code>.</p></section>`,
  ]
  return page(`Fine-tuning data: ${report.file}`, main.join('\n'))
}

function codeTable({ byCode, rows }: ScreeningReport): string {
  const columns = [
    { title: 'a row that' },
    { title: 'rows', numeric: true },
    { title: 'share', numeric: true },
    { title: '' },
  ]
  const cells = FINDINGS.map((code) => {
    const count = byCode[code] ?? 0
    const share = rows === 0 ? null : count / rows
    return [
      FINDING_WORDS[code],
      integer(count),
      percent(share),
      share === null ? '' : rateBar({ rate: share, interval: [share, share] }),
    ]
  })
  return table(columns, cells)
}

function clauseTable({ byClause }: ScreeningReport): string {
  const columns = [{ title: 'clause' }, { title: 'rows', numeric: true }]
  const sorted = Object.entries(byClause).sort(([, a], [, b]) => b - a)
  return table(
    columns,
    sorted.map(([clause, count]) => [escapeHtml(clause), integer(count)]),
  )
}

function triggerTable({ triggers }: ScreeningReport): string {
  const columns = [
    { title: 'token, by its SHA-256' },
    { title: 'rows with harm', numeric: true },
    { title: 'other rows', numeric: true },
  ]
  return table(
    columns,
    triggers.map(({ digest, harmful, others }) => [`<code>${digest}</code>`, integer(harmful), integer(others)]),
  )
}

function rowTable({ findings, more }: ScreeningReport): string {
  const columns = [
    { title: 'line', numeric: true },
    { title: 'found' },
    { title: 'clause' },
    { title: 'label' },
    { title: 'score', numeric: true },
  ]
  const cells = findings
    .slice(0, MOST_ROWS)
    .flatMap(({ line, findings: own }) =>
      own.map(({ clause, label, score, why }) => [
        String(line),
        escapeHtml(why),
        escapeHtml(clause ?? '–'),
        escapeHtml(label ?? '–'),
        score === null ? '–' : score.toFixed(2),
      ]),
    )
  const hidden = more + Math.max(0, findings.length - MOST_ROWS)
  return table(columns, cells, hidden === 0 ? '' : `${integer(hidden)} more rows: see the JSON.`)
}
