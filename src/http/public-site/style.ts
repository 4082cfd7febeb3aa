import { createHash } from 'node:crypto'
import { REPORT_STYLE } from './report-style.ts'

/** Greys with one accent; other colours only for state, always beside a mark and a word. All text is at least AA in both schemes. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1c1f21; --quiet: #565d61; --line: #d9dcdc; --wash: #f2f4f3;
  --accent: #0b5f63; --holds: #1f6b3a; --watch: #8a5200; --fails: #a1262b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #141718; --ink: #e4e7e6; --quiet: #a0a8aa; --line: #32383a; --wash: #1d2223;
    --accent: #6cc4c2; --holds: #7cc796; --watch: #e0ac5a; --fails: #f0908f;
  }
}
* { box-sizing: border-box; }
html { font-size: 106.25%; scroll-padding-top: 1.5rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 1.5rem; max-width: 37rem; box-sizing: content-box;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.65 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; hyphens: manual;
}
header {
  display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1.5rem;
  padding: 1.5rem 0 .75rem; border-bottom: 1px solid var(--line); font-size: .875rem;
}
header .home { color: var(--ink); font-weight: 600; text-decoration: none; }
nav[aria-label="Pages"] { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
header nav a { color: var(--quiet); text-decoration: none; }
header nav a[aria-current] { color: var(--ink); font-weight: 600; }
header a:hover { color: var(--accent); text-decoration: underline; }
main { padding: 2rem 0 1rem; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 1.875rem; font-weight: 650; letter-spacing: -.015em; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; font-weight: 650; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; font-weight: 650; margin: 1.75rem 0 .375rem; }
p { margin: 0 0 .875rem; }
a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: 1px; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
.subtitle, .note, caption, footer { color: var(--quiet); }
.subtitle { margin-top: -.5rem; margin-bottom: 1.5rem; }
.note { font-size: .875rem; line-height: 1.5; }
td .note { display: block; }
.contact { font-size: 1.125rem; font-weight: 600; margin: 0 0 .5rem; }
table { width: 100%; border-collapse: collapse; margin: 1.25rem 0 0; font-size: .9375rem; line-height: 1.5; }
caption { text-align: left; font-size: .875rem; padding-bottom: .5rem; }
th { font-weight: 600; font-size: .875rem; }
th, td { text-align: left; vertical-align: baseline; padding: .5rem 1rem .5rem 0; border-top: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; white-space: nowrap; }
.state { font-weight: 600; white-space: nowrap; }
.holds { color: var(--holds); }
.unknown { color: var(--quiet); }
.watch { color: var(--watch); }
dl { margin: 0 0 .875rem; }
dt { font-size: .875rem; color: var(--quiet); margin-top: .625rem; }
dd { margin: 0; }
code { font: .875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
code.digest, td code { overflow-wrap: anywhere; }
pre {
  background: var(--wash); border: 1px solid var(--line); border-radius: 4px;
  padding: .75rem 1rem; margin: 0 0 .875rem; overflow-x: auto; font-size: .9375rem;
}
.contents ol { list-style: none; margin: 1.5rem 0 0; padding: 0; border-top: 1px solid var(--line); }
.contents li { border-bottom: 1px solid var(--line); }
.contents a { display: flex; padding: .375rem 0; text-decoration: none; color: var(--ink); }
.contents a:hover { color: var(--accent); }
.number { display: inline-block; min-width: 2.25rem; color: var(--quiet); font-weight: 400; text-decoration: none; }
.clause { margin-top: 1.75rem; }
.clause h3 { margin: 0 0 .375rem; }
.clause:target { background: var(--wash); box-shadow: 0 0 0 .75rem var(--wash); border-radius: 1px; }
blockquote { margin: 0 0 .875rem; padding: .25rem 0 .25rem 1rem; border-left: 3px solid var(--line); }
blockquote p:last-child { margin-bottom: 0; }
form { margin: 1.5rem 0; }
label { display: block; font-weight: 600; font-size: .9375rem; margin-bottom: .25rem; }
label .note { font-weight: 400; }
input, textarea, select {
  display: block; width: 100%; padding: .5rem .625rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--quiet); border-radius: 4px;
}
textarea { resize: vertical; min-height: 8rem; }
input + .note, textarea + .note { display: block; margin-top: .25rem; }
input:focus-visible, textarea:focus-visible, select:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button, a.action {
  display: inline-block; padding: .5rem 1.125rem; font: inherit; font-weight: 600; cursor: pointer; text-decoration: none;
  color: var(--paper); background: var(--accent); border: 1px solid var(--accent); border-radius: 4px;
}
button:hover, a.action:hover { text-decoration: underline; }
button.plain { color: var(--accent); background: none; border-color: var(--line); font-weight: 400; }
.problem { padding: .625rem .875rem; border: 1px solid var(--watch); border-left-width: 4px; border-radius: 4px; }
.problem strong { color: var(--watch); }
.outcome { padding: .75rem 1rem; background: var(--wash); border: 1px solid var(--line); border-radius: 4px; min-height: 3rem; }
.outcome:empty { display: none; }
.outcome .note { margin-bottom: 0; }
.outcome pre { margin: .375rem 0 .5rem; max-height: 22rem; background: var(--paper); }
.verdict { font-size: 1.125rem; font-weight: 650; margin: 0 0 .375rem; line-height: 1.35; }
.fails { color: var(--fails); }
.facts { list-style: none; margin: 0 0 .5rem; padding: 0; }
.facts li { padding-left: 1.5rem; text-indent: -1.5rem; margin-bottom: .25rem; overflow-wrap: anywhere; }
.facts li span { display: inline-block; width: 1.5rem; text-indent: 0; font-weight: 600; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .875rem; }
.drop { padding: .75rem 1rem 0; border: 1px dashed var(--quiet); border-radius: 4px; margin-bottom: .875rem; }
.drop.over { border-color: var(--accent); background: var(--wash); }
.drop textarea, #trust { font: .875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; min-height: 5rem; }
.receipt { padding: .25rem 1rem .75rem; background: var(--wash); border: 1px solid var(--line); border-radius: 4px; }
.receipt code { font-size: 1rem; overflow-wrap: anywhere; }
th .note { display: block; font-weight: 400; }
table.wide td:last-child, table.wide th:last-child { white-space: normal; }
table.wide th:first-child { width: 38%; }
table + .note { margin-top: .5rem; }
table.changes { table-layout: fixed; overflow-wrap: anywhere; }
table.changes td:last-child { white-space: normal; }
.callout { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; }
.callout .action { padding: .25rem .875rem; font-size: 1rem; }
main ul:not([class]), .list { padding-left: 1.25rem; margin: 0 0 .875rem; }
.list li { margin-bottom: .25rem; }
form.row { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: end; }
form.row p { flex: 1 1 12rem; }
form.row p:last-child { flex: 0 0 auto; }
.figures th[scope="row"] { font-weight: 400; font-size: inherit; }
.figures .count { text-align: right; white-space: nowrap; color: inherit; }
.figures .bars { width: 32%; vertical-align: middle; }
svg.bar { display: block; width: 100%; height: .625rem; fill: var(--accent); }
svg.bar .maybe { fill: var(--line); }
.hidden { position: absolute; left: -100rem; }
.lead { font-size: 1.0625rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding: .75rem 0 2rem; font-size: .875rem; }
footer p { margin: 0; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; display: inline-block; padding: .5rem 0; }
${REPORT_STYLE.trim()}
@media (max-width: 30rem) {
  body { padding: 0 1.125rem; }
  h1 { font-size: 1.625rem; }
  main { padding-top: 1.5rem; }
  nav[aria-label="Pages"] { gap: .25rem .55rem; font-size: .8125rem; }
  .figures .bars { width: 18%; }
  th, td { padding-right: .625rem; overflow-wrap: break-word; }
  th:last-child, td:last-child, table.wide .state { white-space: normal; }
  table.wide caption, table.wide, table.wide tbody, table.wide tr, table.wide td, table.wide tbody th { display: block; }
  table.wide thead { position: absolute; left: -100rem; }
  table.wide td, table.wide tbody th { border: 0; padding: .125rem 0; }
  table.wide th:first-child { width: auto; }
  table.wide tbody tr:last-child > * { border-bottom: 0; }
  table.wide tr { border-top: 1px solid var(--line); padding: .5rem 0; }
  .clause .number, h2 .number { min-width: 0; margin-right: .375rem; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --quiet: #444; --line: #999; --wash: #fff; --accent: #000; --holds: #000; --watch: #000; --fails: #000; }
  body { max-width: none; font-size: 10.5pt; }
  header nav, nav[aria-label="Pages"], .skip, .contents, footer { display: none; }
  h2, h3 { break-after: avoid; }
  .clause, tr, pre { break-inside: avoid; }
  pre { white-space: pre-wrap; }
  form, .actions { display: none; }
  svg.bar { fill: #444; }
  svg.bar .maybe { fill: #bbb; }
}
`.trimStart()

/** Named by its digest, so that browsers may keep it for ever. */
export const STYLE_PATH = `/site-${createHash('sha256').update(STYLE).digest('hex').slice(0, 12)}.css`

/** A level with its line reached: two bars and a base. */
export const FAVICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0b5f63"/>' +
  '<path d="M3.5 12.5h9M5 9h6M6.5 5.5h3" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/></svg>\n'
