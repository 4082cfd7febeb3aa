import { z } from 'zod'

/** Counts below this could be one customer's, and are never told apart. */
export const SMALL = 5
/** From this remainder per cell on, bands of five would leave too little open. */
const TELLING = 3

export const Breakdown = z
  .object({
    mode: z.enum(['exact', 'banded', 'withheld']).meta({
      description:
        'exact: no cell is below 5. banded: each cell is given as a band of five. withheld: the numbers are too small to be broken down',
    }),
    cells: z.array(
      z.object({
        key: z.string(),
        least: z.int().nullable().meta({ description: 'the count is at least this; null where it is withheld' }),
        most: z.int().nullable().meta({ description: 'and at most this' }),
      }),
    ),
  })
  .meta({ id: 'Breakdown' })
export type Breakdown = z.infer<typeof Breakdown>

/**
 * A total broken down without telling any count from 1 to 4, not even to who subtracts: as soon as one cell is below five, all are
 * given as bands of five. Every cell then has a remainder of 0 to 4 within its band, and all that the total tells is the sum of those
 * remainders. What is shown depends on nothing else, so that the way in which it is shown tells no more than that.
 *
 * - The remainders sum up to 0: cells below five are nought, which concerns nobody.
 * - They come to three and more per cell, or there are so few cells and so little to count that every cell could be small: nothing is
 *   broken down.
 * - Else each cell can still have two values at least: the tests try every combination.
 *
 * A total is to be broken down in one way only: two ways of cutting it that hang together, such as clauses and the categories of
 * which they are made, would tell more than each alone.
 *
 * @param cells All that there may be, whether or not anything was counted there: which ones are listed must not depend on the counts.
 */
export function breakDown(cells: ReadonlyMap<string, number>): Breakdown {
  const counts = [...cells.values()]
  const total = counts.reduce((sum, count) => sum + count, 0)
  const mode = modeFor(counts, total)
  return { mode, cells: [...cells].map(([key, count]) => ({ key, ...shown(count, mode) })) }
}

function modeFor(counts: readonly number[], total: number): Breakdown['mode'] {
  const n = counts.length
  if (total === 0 || n < 2 || counts.every((count) => count >= SMALL)) return 'exact'
  if (n < SMALL && total < SMALL * n) return 'withheld'
  const remainders = counts.reduce((sum, count) => sum + (count % SMALL), 0)
  return remainders >= TELLING * n ? 'withheld' : 'banded'
}

function shown(count: number, mode: Breakdown['mode']): { least: number | null; most: number | null } {
  if (mode === 'withheld') return { least: null, most: null }
  if (mode === 'exact') return { least: count, most: count }
  const least = count - (count % SMALL)
  return { least, most: least + SMALL - 1 }
}

/** `12`, `<5`, `10–14`, or `withheld`. */
export function cellWords({ least, most }: Breakdown['cells'][number]): string {
  if (least === null || most === null) return 'withheld'
  if (least === most) return least.toLocaleString('en')
  return least === 0 ? `<${SMALL}` : `${least.toLocaleString('en')}–${most.toLocaleString('en')}`
}

/**
 * The middle of so many durations, and the tenth of them that took longest; null where they are too few to be nobody's in particular.
 *
 * @param hours of each
 */
export function spread(hours: readonly number[]): { median: number; p90: number } | null {
  if (hours.length < SMALL) return null
  const sorted = hours.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { median: rounded(at(0.5)), p90: rounded(at(0.9)) }
}

function rounded(hours: number): number {
  return Math.round(hours * 10) / 10
}
