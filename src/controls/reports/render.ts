import { createHash } from 'node:crypto'
import type { CompiledSection, ReportDocument, WrittenSection } from './schema.ts'

/** On paper: black on white, headings with what follows them, rows whole, and heads of tables on every page. */
const STYLE = `
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.75rem 0}caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border:1px solid;padding:.25rem .5rem;text-align:left;vertical-align:top;font-size:.85rem;overflow-wrap:anywhere}
code{overflow-wrap:anywhere}.said{border-left:3px solid;padding-left:1rem;white-space:pre-wrap}
@page{size:A4;margin:18mm 16mm}
@media print{:root{color-scheme:light}body{margin:0;padding:0;max-width:none;font-size:10.5pt;color:#000;background:#fff}
h1{font-size:18pt}h2,h3{break-after:avoid}tr,li{break-inside:avoid}thead{display:table-header-group}
p,li{orphans:3;widows:3}th,td{font-size:8.5pt}}
`

/** For a content security policy that allows this style and nothing else: SHA-256, base64. */
export const CONTROL_REPORT_STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

const COMPILED = 'Compiled from what the product found; nothing in it is anybody’s opinion.'
const WRITTEN = 'Words of people. No software checked them.'

/** What a reader is told of the document as a whole. @param digest of what was signed; null for a draft */
export interface Standing {
  readonly digest: string | null
  readonly isPublic: boolean
}

/** As Markdown: compiled parts first, then what people say, then the register of what is left out. */
export function controlReportMarkdown(document: ReportDocument, standing: Standing): string {
  const { title, organisation, quarter, compiled, written } = document
  const lines = [`# ${title}: ${inLine(organisation)}, ${quarter}`, '', aboutLine(document, standing), '']
  for (const section of compiled) lines.push(`## ${section.title}`, '', ...compiledLines(section))
  for (const section of written) lines.push(`## ${section.title}`, '', ...writtenLines(section))
  const register = registerRows(document)
  if (register.length > 0) lines.push('## Redactions', '', ...tableLines(REGISTER_HEAD, register))
  return lines.join('\n')
}

/** As one page that needs nothing else; print it for a PDF. */
export function controlReportHtml(document: ReportDocument, standing: Standing): string {
  const { title, organisation, quarter, compiled, written } = document
  const head = `${safe(title)}: ${safe(organisation)}, ${safe(quarter)}`
  const parts = [
    ...compiled.map(
      ({ title: of, paragraphs, tables }) =>
        `<h2>${safe(of)}</h2>${paragraphs.map((one) => `<p>${safe(one)}</p>`).join('')}${tables.map(tableHtml).join('')}`,
    ),
    ...written.map(({ title: of, text }) => {
      const said = text === null ? '<p><em>Nothing is said here.</em></p>' : `<div class="said">${safe(text)}</div>`
      return `<h2>${safe(of)}</h2><p><small>${WRITTEN}</small></p>${said}`
    }),
  ]
  const register = registerRows(document)
  if (register.length > 0)
    parts.push(
      `<h2>Redactions</h2>${tableHtml({ caption: 'What is left out, and why', head: [...REGISTER_HEAD], rows: register })}`,
    )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${head}</title><style>${STYLE}</style></head><body><main><h1>${head}</h1><p>${safe(aboutLine(document, standing))}</p>
${parts.join('\n')}</main></body></html>`
}

function aboutLine({ from, until, edition, compiledAt }: ReportDocument, { digest, isPublic }: Standing): string {
  const state =
    digest === null
      ? 'A draft: nobody has signed it.'
      : `Signed; SHA-256 of what was signed, as RFC 8785 JSON: ${digest}.`
  const covers = `Covers ${from.slice(0, 10)} to ${until.slice(0, 10)}, edition ${edition}, compiled ${compiledAt}.`
  return [covers, state, ...(isPublic ? ['Public edition: what is redacted is named at the end.'] : [])].join(' ')
}

function compiledLines({ paragraphs, tables }: CompiledSection): string[] {
  const said = paragraphs.flatMap((one) => [inLine(one), ''])
  return [
    `*${COMPILED}*`,
    '',
    ...said,
    ...tables.flatMap(({ caption, head, rows }) => [`**${inLine(caption)}**`, '', ...tableLines(head, rows)]),
  ]
}

/** What people wrote stays theirs, but makes no heading and no table of the report. */
function writtenLines({ text }: WrittenSection): string[] {
  const said = text === null ? '*Nothing is said here.*' : text.replaceAll(/^([ \t]*)(#|\||>|={2,}|-{2,})/gm, '$1\\$2')
  return [`*${WRITTEN}*`, '', said, '']
}

const REGISTER_HEAD = ['section', 'what', 'reason', 'why'] as const

function registerRows({ redactions }: ReportDocument): string[][] {
  return redactions.map(({ section, passage, reason, explanation }) => [
    ...[section, passage ?? 'left out', reason.replaceAll('_', ' '), explanation],
  ])
}

function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['None.', '']
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => inLine(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row), '']
}

function tableHtml({ caption, head, rows }: CompiledSection['tables'][number]): string {
  if (rows.length === 0) return `<p>${safe(caption)}: none.</p>`
  const heads = head.map((cell) => `<th scope="col">${safe(cell)}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${safe(cell)}</td>`).join('')}</tr>`).join('')
  return `<table><caption>${safe(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table>`
}

function inLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('<', '&lt;')
}

function safe(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
