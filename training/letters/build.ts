/**
 * Counts how letters follow each other in English: `node training/letters/build.ts --data DIR` writes
 * src/screening/normalize/letters.ts.
 *
 * DIR holds `train/*.jsonl`; its harmless texts are counted, at most 400 KB of each file, so that no source sets the odds alone.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { data: { type: 'string' } } })
if (values.data === undefined) throw new Error('usage: node training/letters/build.ts --data DIR')
const MOST_UNITS = 400_000
/** Word boundaries count as a letter of their own. */
const SYMBOLS = 27
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const counts = new Float64Array(SYMBOLS * SYMBOLS).fill(0.5)
for (const file of readdirSync(join(values.data, 'train')).sort()) {
  let left = MOST_UNITS
  for (const line of readFileSync(join(values.data, 'train', file), 'utf8').split('\n')) {
    if (line === '' || left <= 0) continue
    const row: { text: string; harmful: number | null } = JSON.parse(line)
    if (row.harmful !== 0) continue
    count(row.text.slice(0, left))
    left -= row.text.length
  }
}

function count(text: string): void {
  let previous = SYMBOLS - 1
  for (const char of `${text.toLowerCase()} `) {
    const at = char.charCodeAt(0) - 0x61
    const symbol = at >= 0 && at < SYMBOLS - 1 ? at : SYMBOLS - 1
    if (previous !== SYMBOLS - 1 || symbol !== SYMBOLS - 1) {
      counts[previous * SYMBOLS + symbol] = (counts[previous * SYMBOLS + symbol] ?? 0) + 1
    }
    previous = symbol
  }
}

const total = counts.reduce((sum, n) => sum + n, 0)
const rows = Array.from({ length: SYMBOLS }, (_, a) =>
  Array.from({ length: SYMBOLS }, (_, b) => {
    const bits = -Math.log2((counts[a * SYMBOLS + b] ?? 0) / total)
    return DIGITS[Math.max(0, Math.min(61, Math.round(3 * bits) - 9))]
  }).join(''),
)
const body = `/**
 * How rare each pair of neighbouring letters is in English text: row = first, column = second, a to z and then the edge of a word.
 * One digit in base 62 per pair: three times the bits of surprise, less nine. Written by training/letters/build.ts.
 */
export const LETTER_PAIRS: readonly string[] = [
${rows.map((row) => `  '${row}',`).join('\n')}
]
`
writeFileSync(join(import.meta.dirname, '../../src/screening/normalize/letters.ts'), body)
