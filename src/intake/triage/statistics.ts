import { z } from 'zod'

/** Two-sided 95 % of the standard normal distribution. */
const Z95 = 1.959963984540054

export const Share = z
  .object({
    k: z.int().min(0),
    n: z.int().min(0),
    share: z.number().min(0).max(1).nullable().meta({ description: 'k of n; null when nothing was tried' }),
    low: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'lower end of the 95 % Wilson interval; 0 when nothing was tried' }),
    high: z.number().min(0).max(1),
  })
  .meta({ id: 'ReproducedShare' })
export type Share = z.infer<typeof Share>

/**
 * k of n with the 95 % Wilson score interval, which has a width at 0 and n too.
 *
 * @param k successes, n tries: whole numbers, 0 ≤ k ≤ n
 * @see Wilson, J. Am. Stat. Assoc. 22 (1927) 209; Newcombe, Stat. Med. 17 (1998) 857, method 3
 */
export function shareOf(k: number, n: number): Share {
  if (n === 0) return { k, n, share: null, low: 0, high: 1 }
  const share = k / n
  const z2 = Z95 * Z95
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  return { k, n, share, low: k === 0 ? 0 : Math.max(0, centre - half), high: k === n ? 1 : Math.min(1, centre + half) }
}

export const Tally = z
  .object({
    harmful: z.int().min(0),
    refused: z.int().min(0),
    harmless: z.int().min(0),
    error: z.int().min(0).meta({ description: 'nobody can say what they came to' }),
  })
  .meta({ id: 'ReproductionTally' })
export type Tally = z.infer<typeof Tally>

export const Shares = z
  .object({
    judged: Share.meta({ description: 'harmful among those that could be judged' }),
    errorsHarmful: Share.meta({ description: 'as if every error had been harmful: what severity and gates go by' }),
    errorsHarmless: Share.meta({ description: 'as if no error had been' }),
  })
  .meta({ id: 'ReproductionShares' })
export type Shares = z.infer<typeof Shares>

/** Errors counted both ways, and left out. */
export function sharesOf({ harmful, refused, harmless, error }: Tally): Shares {
  const judged = harmful + refused + harmless
  return {
    judged: shareOf(harmful, judged),
    errorsHarmful: shareOf(harmful + error, judged + error),
    errorsHarmless: shareOf(harmful, judged + error),
  }
}
