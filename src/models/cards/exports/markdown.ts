import { onOneLine, paragraphsOf } from '../text.ts'
import { type Block, type Cell, type Doc, refsOf, textOf } from './blocks.ts'

/** Text of people as Markdown text: neither markup nor HTML, on one line. */
export function inline(text: string): string {
  return onOneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]#|~!$]/g, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^[-+=:]/, '\\$&')
}

/** A document as CommonMark with tables. Charts stay away: each has its table. */
export function markdown({ title, subtitle, lead, sections }: Doc): string {
  const parts = [
    `# ${inline(title)}`,
    inline(subtitle),
    ...lead.flatMap(blockMarkdown),
    ...sections.flatMap((section) => [`## ${inline(section.title)}`, ...section.blocks.flatMap(blockMarkdown)]),
  ]
  return `${parts.join('\n\n')}\n`
}

function blockMarkdown(block: Block): string[] {
  switch (block.kind) {
    case 'prose':
      return paragraphs(block.text)
    case 'list':
      return block.items.length === 0 ? [] : [block.items.map((item) => `- ${cellMarkdown(item)}`).join('\n')]
    case 'facts':
      return [block.rows.map(([label, value]) => `- **${inline(label)}:** ${cellMarkdown(value)}`).join('\n')]
    case 'chart':
      return []
    case 'notice':
      return [[`> **${inline(block.title)}**`, ...block.lines.map((line) => `> ${inline(line)}`)].join('\n>\n')]
    case 'references':
      return [
        block.items
          .map(
            ({ text, digest }, i) =>
              `${i + 1}. ${inline(text)}; SHA-256 ${digest === null ? 'not given' : `\`${digest}\``}`,
          )
          .join('\n'),
      ]
    case 'table':
      return [`*${inline(block.caption)}*`, tableMarkdown(block)]
  }
}

function tableMarkdown({ head, rows }: Extract<Block, { kind: 'table' }>): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(head.map(inline)),
    line(head.map(() => '---')),
    ...rows.map((cells) => line(cells.map(cellMarkdown))),
  ].join('\n')
}

function paragraphs(cell: Cell): string[] {
  const parts = paragraphsOf(textOf(cell))
  return parts.map((part, i) => `${inline(part)}${i === parts.length - 1 ? refs(cell) : ''}`)
}

function cellMarkdown(cell: Cell): string {
  return `${inline(textOf(cell))}${refs(cell)}`
}

function refs(cell: Cell): string {
  const numbers = refsOf(cell)
  return numbers.length === 0 ? '' : ` \\[${numbers.join(', ')}\\]`
}
