import { AppError } from '../../../base/errors.ts'

const MAX_COLUMNS = 200

/**
 * The records of a CSV text by the names of its first line: quotes, doubled quotes, line ends within quotes, either line end.
 *
 * @throws {AppError} REQUEST_INVALID for an open quote at the end, or absurdly many columns
 * @see RFC 4180
 */
export function* csvRecords(text: string): Generator<Record<string, string>> {
  let names: string[] | null = null
  for (const fields of csvLines(text)) {
    if (fields.length > MAX_COLUMNS) throw invalid(`the table has more than ${MAX_COLUMNS} columns`)
    if (names === null) names = fields.map((name) => name.trim())
    else if (fields.length > 1 || fields[0] !== '')
      yield Object.fromEntries(names.map((name, at) => [name, fields[at] ?? '']))
  }
}

const SPECIAL = /[",\r\n]/g

function* csvLines(source: string): Generator<string[]> {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source
  let fields: string[] = []
  let field = ''
  let at = 0
  let begun = false
  while (at < text.length) {
    begun = true
    if (text[at] === '"' && field === '') {
      const { value, end } = quoted(text, at + 1)
      field = value
      at = end
      continue
    }
    SPECIAL.lastIndex = at
    const found = SPECIAL.exec(text)
    const end = found?.index ?? text.length
    field += text.slice(at, end)
    at = end + 1
    if (found?.[0] === '"') field += '"'
    else if (found?.[0] === ',') {
      fields.push(field)
      field = ''
    } else {
      if (found?.[0] === '\r' && text[at] === '\n') at += 1
      yield [...fields, field]
      fields = []
      field = ''
      begun = false
    }
  }
  if (begun && (fields.length > 0 || field !== '')) yield [...fields, field]
}

/** From after the opening quote; `end` is the character after the closing one. */
function quoted(text: string, start: number): { value: string; end: number } {
  let value = ''
  for (let from = start; ; ) {
    const quote = text.indexOf('"', from)
    if (quote < 0) throw invalid('the table ends within quotes')
    value += text.slice(from, quote)
    if (text[quote + 1] !== '"') return { value, end: quote + 1 }
    value += '"'
    from = quote + 2
  }
}

function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message)
}
