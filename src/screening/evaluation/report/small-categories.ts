import { type Rate, wilson } from '../metrics/rates.ts'
import type { Split } from '../summary.ts'

/** A rate of fewer rows says next to nothing by itself. */
const MIN_ROWS = 10
/** Fewer than this many can as well be shown. */
const MIN_FOLDED = 4

/** Categories of one file for people to read: those with too few rows to tell anything are counted together, last. */
export function foldSmall(
  rows: readonly (Split & { readonly category: string })[],
): (Split & { readonly name: string })[] {
  const isSmall = ({ recall, falsePositives }: Split) => recall.of + falsePositives.of < MIN_ROWS
  const small = rows.filter(isSmall)
  const named = rows
    .filter((row) => small.length < MIN_FOLDED || !isSmall(row))
    .map((row) => ({ name: row.category, ...row }))
  if (small.length < MIN_FOLDED) return named
  const name = `${small.length} with under ${MIN_ROWS} rows each`
  const together = (rate: (row: Split) => Rate) =>
    wilson(
      small.reduce((sum, row) => sum + rate(row).count, 0),
      small.reduce((sum, row) => sum + rate(row).of, 0),
    )
  return [
    ...named,
    { name, recall: together((row) => row.recall), falsePositives: together((row) => row.falsePositives) },
  ]
}
