export type Cell = string | number | boolean | null

export interface Sheet {
  readonly headers: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

/**
 * RFC 4180. What a spreadsheet would run as a formula gets an apostrophe before it: cells hold what strangers wrote.
 */
export function toCsv({ headers, rows }: Sheet): string {
  const line = (cells: readonly Cell[]) => cells.map(csvCell).join(',')
  return `${[headers, ...rows].map(line).join('\r\n')}\r\n`
}

function csvCell(cell: Cell): string {
  if (cell === null) return ''
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function toJson({ headers, rows }: Sheet): string {
  const objects = rows.map((row) => Object.fromEntries(headers.map((header, i) => [header, row[i] ?? null])))
  return `${JSON.stringify(objects, null, 2)}\n`
}

/** Hands a file to the browser. */
export function download(name: string, type: string, text: string): void {
  downloadBlob(name, new Blob([text], { type }))
}

/** The same of bytes that are there already. */
export function downloadBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
