import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { batchesOfLines } from '../../../../base/lines.ts'
import { MAX_LINE_BYTES } from '../../index.ts'

const BUFFER_BYTES = 1 << 20

/** Rows of a file of comma-separated values, many at a time; a `.gz` is unpacked. What is no row (too long, no UTF-8) is null. */
export async function* rowsOf(path: string): AsyncGenerator<readonly (string[] | null)[]> {
  const file = createReadStream(path, { highWaterMark: BUFFER_BYTES })
  const stream = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  file.once('error', (error) => stream.destroy(error))
  for await (const lines of batchesOfLines(stream, MAX_LINE_BYTES))
    yield lines.flatMap(({ text }) => (text === '' ? [] : [text === undefined ? null : cellsOf(text)]))
}

/** @see RFC 4180; a row is one line here: no cell of these data sets holds a line break */
export function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',')
  const cells: string[] = []
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const end = endAt(line.indexOf(',', at), line)
      cells.push(line.slice(at, end))
      at = end + 1
      continue
    }
    let end = line.indexOf('"', at + 1)
    while (end !== -1 && line[end + 1] === '"') end = line.indexOf('"', end + 2)
    const close = endAt(end, line)
    cells.push(line.slice(at + 1, close).replaceAll('""', '"'))
    at = endAt(line.indexOf(',', close), line) + 1
  }
  return cells
}

function endAt(found: number, line: string): number {
  return found === -1 ? line.length : found
}
