import { escapeHtml } from './format.ts'

/** Greys with one accent; orange for harmful, always with a word beside it. One file: no script, no network. */
const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1c1f21; --quiet: #565d61; --line: #d9dcdc; --wash: #f2f4f3;
  --accent: #0b5f63; --harm: #b4500f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #141718; --ink: #e4e7e6; --quiet: #a0a8aa; --line: #32383a; --wash: #1d2223;
    --accent: #6cc4c2; --harm: #ec9a5b;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.5rem 3rem; max-width: 68rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
h1, h2 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 1.75rem; font-weight: 650; letter-spacing: -.015em; margin: 0 0 .375rem; }
h2 { font-size: 1.1875rem; font-weight: 650; margin: 2.5rem 0 .5rem; }
p { margin: 0 0 .75rem; max-width: 46rem; }
.note, figcaption, caption { color: var(--quiet); font-size: .875rem; line-height: 1.5; }
.warning { border-left: 3px solid var(--harm); padding-left: .75rem; }
code { font: .875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 4px; padding: .75rem 1rem; white-space: pre-wrap; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0 2rem; margin: 1.5rem 0 0; }
.figures div { border-top: 1px solid var(--line); padding: .625rem 0 .75rem; }
.figures dt { font-size: .875rem; color: var(--quiet); }
.figures dd { margin: 0; }
.figures .value { font-size: 1.5rem; font-weight: 600; line-height: 1.3; letter-spacing: -.01em; }
.figures .of { font-size: .8125rem; color: var(--quiet); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem 2rem; margin: 1rem 0; }
figure { margin: 0; break-inside: avoid; }
figure h3 { font-size: 1rem; font-weight: 650; margin: 0 0 .25rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--quiet); font-size: 12px; }
svg .grid { stroke: var(--line); fill: none; }
svg .guide { stroke: var(--quiet); stroke-dasharray: 4 4; fill: none; }
svg .curve { stroke: var(--accent); stroke-width: 2; fill: none; stroke-linejoin: round; }
svg .mark { fill: var(--paper); stroke: var(--harm); stroke-width: 2.5; }
svg .dot { fill: var(--accent); }
svg .interval { stroke: var(--accent); stroke-opacity: .4; stroke-width: 6; stroke-linecap: round; }
svg .area { stroke-width: 1.5; fill-opacity: .22; }
svg .harmless { fill: var(--accent); stroke: var(--accent); }
svg .harmful { fill: var(--harm); stroke: var(--harm); }
svg.bar { width: 10rem; height: .875rem; }
.key { font-weight: 600; }
.key.harmful { color: var(--harm); }
.key.harmless { color: var(--accent); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.45; margin: .75rem 0 0; min-width: 100%; }
caption { text-align: left; padding-bottom: .375rem; }
th { font-weight: 600; text-align: left; }
th, td { padding: .3125rem .75rem .3125rem 0; vertical-align: baseline; border-top: 1px solid var(--line); }
thead th { border-top: 0; vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 1px solid var(--line); }
tbody th { font-weight: 400; }
td.n, th.n { text-align: right; white-space: nowrap; }
td.plot { vertical-align: middle; width: 11rem; }
tr.group th { font-weight: 600; padding-top: 1rem; border-top: 0; }
.interval-text { color: var(--quiet); font-size: .8125rem; white-space: nowrap; }
td.heat { text-align: right; white-space: nowrap; padding-right: .5rem; padding-left: .5rem; border-left: 2px solid var(--paper); width: 4.5rem; }
td.heat.good { background: color-mix(in srgb, var(--accent) calc(var(--strength) * .55), var(--paper)); }
td.heat.bad { background: color-mix(in srgb, var(--harm) calc(var(--strength) * .55), var(--paper)); }
td.heat.empty { color: var(--quiet); }
th.turned { font-weight: 400; vertical-align: bottom; padding: 0 .25rem .375rem; }
th.turned span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
table.map { min-width: 0; }
.map tbody th { white-space: nowrap; }
.map td.heat { width: 3.25rem; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --accent: #0b5f63; --harm: #b4500f; --wash: #f4f4f4; }
  .charts { grid-template-columns: 1fr 1fr; }
  .figures { grid-template-columns: repeat(3, 1fr); }
  table { font-size: 8pt; }
  h2 { break-after: avoid; }
  tr, .figures div { break-inside: avoid; }
  thead { display: table-header-group; }
  td.heat { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`

/** A whole document; `main` is HTML whose parts are escaped already. */
export function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`
}

export interface TableColumn {
  readonly title: string
  /** Right-aligned figures. */
  readonly numeric?: boolean
}

/** A table whose cells are HTML; the first cell of a row is its header. */
export function table(columns: readonly TableColumn[], rows: readonly (readonly string[])[], caption = ''): string {
  const head = columns.map(({ title, numeric }) => `<th scope="col"${numeric ? ' class="n"' : ''}>${title}</th>`)
  const body = rows.map((cells) => {
    const rest = cells.slice(1).map((cell, at) => `<td${cellClass(cell, columns[at + 1])}>${cell}</td>`)
    return `<tr><th scope="row">${cells[0] ?? ''}</th>${rest.join('')}</tr>`
  })
  return [
    '<div class="scroll"><table>',
    caption === '' ? '' : `<caption>${caption}</caption>`,
    `<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`,
  ].join('')
}

function cellClass(cell: string, column: TableColumn | undefined): string {
  if (cell.startsWith('<svg')) return ' class="plot"'
  return column?.numeric ? ' class="n"' : ''
}
