import type { Json } from '../base/json.ts'
import type { Correction, TransparencyReport } from './schema.ts'
import { cellWords } from './small-counts.ts'

/** What every edition has its own of. */
const ITS_OWN = ['edition', 'compiledAt', 'correction'] as const
const MOST_CHARS = 200
const NOT_THERE = 'not there'

/** What one edition says otherwise than the one before, figure by figure; empty = the same. */
export function differences(before: TransparencyReport, after: TransparencyReport): Correction['changes'] {
  const [was, is] = [figuresOf(before), figuresOf(after)]
  const figures = [...new Set([...was.keys(), ...is.keys()])]
  return figures
    .filter((figure) => was.get(figure) !== is.get(figure))
    .map((figure) => ({ figure, before: was.get(figure) ?? NOT_THERE, after: is.get(figure) ?? NOT_THERE }))
}

/** Each figure by its JSON pointer; a cell of a breakdown by its name, as it is shown. */
function figuresOf(report: TransparencyReport): Map<string, string> {
  const figures = new Map<string, string>()
  const walk = (value: Json, pointer: string): void => {
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) walk(item, `${pointer}/${isCell(item) ? escaped(item.key) : i}`)
    } else if (isCell(value)) figures.set(pointer, cellWords(value))
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) walk(item, `${pointer}/${escaped(key)}`)
    } else figures.set(pointer, String(value).slice(0, MOST_CHARS))
  }
  const plain: Json = JSON.parse(JSON.stringify(report))
  walk(plain, '')
  for (const name of figures.keys())
    if (ITS_OWN.some((own) => name === `/${own}` || name.startsWith(`/${own}/`))) figures.delete(name)
  return figures
}

interface Cell {
  key: string
  least: number | null
  most: number | null
}

function isCell(value: unknown): value is Cell {
  return typeof value === 'object' && value !== null && 'key' in value && 'least' in value && 'most' in value
}

/** @see RFC 6901 §3 */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
