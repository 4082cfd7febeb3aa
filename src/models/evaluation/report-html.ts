import { createHash } from 'node:crypto'
import { forecastRows, forecastSvg, forecastWords } from './forecast/index.ts'
import { type CapabilityReport, reportDigest } from './report.ts'
import { CURVE_HEAD, SHOWING_TITLES, share } from './report-markdown.ts'

const safe = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** On paper: black on white, headings with what follows them, rows whole, and heads of tables on every page. */
const STYLE = `
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.75rem 0}caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border:1px solid;padding:.25rem .5rem;text-align:left;vertical-align:top;font-size:.85rem;overflow-wrap:anywhere}
figure{margin:1rem 0}code{overflow-wrap:anywhere}.verdict{font-size:1.25rem}
@page{size:A4;margin:18mm 16mm}
@media print{:root{color-scheme:light}body{margin:0;padding:0;max-width:none;font-size:10.5pt;color:#000;background:#fff}
h1{font-size:18pt}h2,h3{break-after:avoid}tr,figure,li{break-inside:avoid}thead{display:table-header-group}
p,li{orphans:3;widows:3}th,td{font-size:8.5pt}}
`

/** For a content security policy that allows this style and nothing else: SHA-256, base64. */
export const REPORT_STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** The report as one page that needs nothing else; print it for a PDF. */
export function reportHtml(report: CapabilityReport): string {
  const { assessment, checkpoint, verdict, recommendation } = report
  const title = `Capability report: ${safe(checkpoint.id)}`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>
<p class="verdict"><strong>${verdict}</strong>. ${safe(recommendation)}</p>
<p>Assessment ${safe(assessment.id)}, opened ${safe(assessment.openedAt)}. ${checkpoint.flops.toExponential(2)} training FLOP, taken ${safe(checkpoint.takenAt)}. Report <code>${reportDigest(report)}</code>.</p>
<h2>Findings</h2>${findings(report)}
${missing(report)}<h2>Threat models</h2>${threats(report)}
${forecast(report)}${deviations(report)}<h2>The case</h2>${showings(report)}
<h2>Evidence</h2>${evidence(report)}</main></body></html>`
}

function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const heads = head.map((cell) => `<th scope="col">${safe(cell)}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${safe(cell)}</td>`).join('')}</tr>`).join('')
  return `<table><caption>${safe(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table>`
}

const list = (items: readonly string[]) => `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`

function findings({ findings: found }: CapabilityReport): string {
  const head = ['suite', 'threshold', 'snapshot', 'verdict', 'lower', 'upper', 'line']
  return table(
    'What was found, by suite and snapshot',
    [...head, 'tries', 'refused', 'errors', 'unscored'],
    found.map(({ suite, threshold, snapshot, verdict: { verdict: said, lower, upper, line, totals } }) => [
      ...[suite, threshold, snapshot, said, share(lower), share(upper), share(line)],
      ...[totals.tries, totals.refused, totals.errored, totals.unscored].map(String),
    ]),
  )
}

function missing({ missing: gaps }: CapabilityReport): string {
  if (gaps.length === 0) return ''
  const items = gaps.map(({ suite, words }) => safe(suite === null ? words : `${suite}: ${words}`))
  return `<h2>What would move this</h2>${list(items)}`
}

function threats({ threats: all }: CapabilityReport): string {
  return table(
    'From threat to evaluation',
    ['threat', 'domain', 'threshold', 'actor', 'capability', 'baseline', 'evaluations'],
    all.map((one) => [
      ...[one.threat, one.domain, one.threshold, one.actor, one.capability, one.baseline],
      one.suites.join(', '),
    ]),
  )
}

/** Drawn, in words and as a table: whoever can't see the drawing loses nothing. */
function forecast({ forecast: curve, forecasts = [] }: CapabilityReport): string {
  if (curve === undefined) return ''
  const svg = forecastSvg(curve)
  const drawn = svg === '' ? '' : `<figure>${svg}</figure>`
  const rows = forecastRows(curve)
  const numbers =
    rows.length === 0
      ? ''
      : table(
          'Loss expected by compute; one in twenty measurements lies below lower, one above upper',
          CURVE_HEAD,
          rows,
        )
  const said = forecasts.map(({ madeAt, run, chance, words }) => [madeAt.slice(0, 10), run ?? '', share(chance), words])
  const expected =
    said.length === 0
      ? '<p><em>Nobody wrote down what is expected.</em></p>'
      : table('What people expected', ['written', 'run', 'chance of the next level', 'why'], said)
  return `<h2>Forecast</h2>${list(forecastWords(curve).map(safe))}${drawn}${numbers}${expected}`
}

function deviations({ deviations: all }: CapabilityReport): string {
  if (all === undefined) return ''
  const rows = all.map(({ at, kind, words }) => [at.slice(0, 10), kind, words])
  const shown =
    rows.length === 0
      ? '<p>None on record.</p>'
      : table('What was not done as it should have been', ['day', 'kind', 'what'], rows)
  return `<h2>Deviations</h2>${shown}`
}

function showings({ assessment }: CapabilityReport): string {
  const titles = new Map<string, string>(Object.entries(SHOWING_TITLES))
  return Object.entries(assessment.showings)
    .map(([name, showing]) => {
      const said = showing === null ? '<em>Not made.</em>' : safe(showing.words).replaceAll('\n', '<br>')
      const digests = showing === null ? [] : showing.evidence.map((digest) => `<code>${digest}</code>`)
      return `<h3>${titles.get(name) ?? safe(name)}</h3><p>${said}</p>${digests.length === 0 ? '' : list(digests)}`
    })
    .join('')
}

function evidence({ evidence: files }: CapabilityReport): string {
  return table(
    'Files of results',
    ['suite', 'snapshot', 'file (SHA-256)', 'format', 'imported'],
    files.map((one) => [one.suite, one.snapshot, one.fileDigest, one.format, one.importedAt]),
  )
}
