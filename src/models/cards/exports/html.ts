import { createHash } from 'node:crypto'
import { paragraphsOf } from '../text.ts'
import { type Block, type Cell, type Doc, refsOf, type Section, textOf } from './blocks.ts'

/** Text of people as HTML text: never markup. */
export function safe(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** On paper: black on white, headings with what follows them, rows whole, heads of tables on every page. */
const STYLE = `
:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;overflow-wrap:break-word}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}h2{font-size:1.2rem;margin:2rem 0 .5rem}
.subtitle,caption,dt,.note{opacity:.8;font-size:.875rem}
table{border-collapse:collapse;width:100%;margin:.75rem 0}caption{text-align:left;padding:.25rem 0}
th,td{border-top:1px solid;padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top;font-size:.875rem;overflow-wrap:anywhere}
dl{margin:0 0 .75rem}dt{margin-top:.5rem}dd{margin:0}.chart{margin:1rem 0 .25rem}svg{max-width:100%;height:auto}
.problem{border:1px solid;border-left-width:4px;padding:.5rem .75rem;margin:1rem 0}.problem p{margin:0}
code{font-size:.85em;overflow-wrap:anywhere}sup a{text-decoration:none}
@page{size:A4;margin:18mm 16mm}
@media print{:root{color-scheme:light}body{margin:0;padding:0;max-width:none;font-size:10pt;color:#000;background:#fff}
h1{font-size:17pt}h2{break-after:avoid}tr,.chart,li,.problem{break-inside:avoid}thead{display:table-header-group}
p,li{orphans:3;widows:3}th,td{font-size:8.5pt}a{color:inherit}}
`

/** For a content security policy that allows this style and nothing else: SHA-256, base64. */
export const CARD_STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** One page that needs nothing else; print it for a PDF. */
export function htmlPage(doc: Doc, language = 'en'): string {
  const body = `${leadHtml(doc)}${doc.sections.map(sectionHtml).join('')}`
  return `<!doctype html><html lang="${safe(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe(doc.title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>\n`
}

/** Title and what stands before the sections. Holds no style, so that a page can bring its own. */
export function leadHtml({ title, subtitle, lead }: Doc): string {
  return `<h1>${safe(title)}</h1>\n<p class="subtitle">${safe(subtitle)}</p>\n${lead.map(blockHtml).join('\n')}\n`
}

export function sectionHtml({ id, title, blocks }: Section): string {
  return `<section id="${safe(id)}">\n<h2>${safe(title)}</h2>\n${blocks.map(blockHtml).join('\n')}\n</section>\n`
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'prose':
      return paragraphs(block.text)
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${cellHtml(item)}</li>`).join('')}</ul>`
    case 'facts':
      return `<dl>${block.rows.map(([label, value]) => `<dt>${safe(label)}</dt><dd>${cellHtml(value)}</dd>`).join('')}</dl>`
    case 'chart':
      return `<div class="chart">${block.svg}</div>\n<p class="note">${safe(block.caption)}</p>`
    case 'notice':
      return `<div class="problem" role="note"><p><strong>${safe(block.title)}</strong></p>${block.lines.map((line) => `<p>${safe(line)}</p>`).join('')}</div>`
    case 'table':
      return tableHtml(block)
    case 'references':
      return `<ol>${block.items.map(referenceHtml).join('')}</ol>`
  }
}

function tableHtml({ caption, head, rows }: Extract<Block, { kind: 'table' }>): string {
  const heads = head.map((cell) => `<th scope="col">${safe(cell)}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cellHtml(cell, breakable)}</td>`).join('')}</tr>`)
  return `<table><caption>${safe(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>${body.join('')}</tbody></table>`
}

function referenceHtml({ text, digest }: { text: string; digest: string | null }, i: number): string {
  const of = digest === null ? 'no SHA-256 given' : `SHA-256 <code class="digest">${safe(digest)}</code>`
  return `<li id="e${i + 1}">${safe(text)}<br>${of}</li>`
}

/** Blank lines part paragraphs; nothing else is markup. */
function paragraphs(cell: Cell): string {
  const parts = paragraphsOf(textOf(cell))
  return parts.map((part, i) => `<p>${safe(part)}${i === parts.length - 1 ? refsHtml(cell) : ''}</p>`).join('\n')
}

const LONG_WORD = 12

/** In a column a long name must not push the others off the page. */
function breakable(text: string): string {
  const broken = (word: string) => word.match(/[^-_./:]{1,16}[-_./:]?|[-_./:]/gu) ?? [word]
  return text
    .split(/(\s+)/)
    .map((word) => (word.length <= LONG_WORD ? safe(word) : broken(word).map(safe).join('<wbr>')))
    .join('')
}

function cellHtml(cell: Cell, print: (text: string) => string = safe): string {
  const text = print(textOf(cell))
  const href = typeof cell === 'string' ? undefined : cell.href
  return `${href === undefined ? text : `<a href="${safe(href)}" rel="noreferrer">${text}</a>`}${refsHtml(cell)}`
}

function refsHtml(cell: Cell): string {
  const refs = refsOf(cell)
  if (refs.length === 0) return ''
  const links = refs.map((ref) => `<a href="#e${ref}" aria-label="evidence ${ref}">${ref}</a>`)
  return `<sup>${links.join(' ')}</sup>`
}
