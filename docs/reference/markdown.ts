/** Text that may stand in a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim()
}

/** A table of two columns and more; the first row is its head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/** What begins each page: what it is, and that it is not written by hand. */
export function page(title: string, about: string, parts: readonly string[]): string {
  return `${[`# ${title}`, `${about} Written by \`npm run reference\`; a test compares.`, ...parts].join('\n\n')}\n`
}

/** The name under which a heading can be linked to. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
