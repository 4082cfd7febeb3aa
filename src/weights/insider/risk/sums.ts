const DAY_MS = 86_400_000
/** How soon what was said is half forgotten, in days: what is of one sitting, of a few days, and of weeks. */
export const HALF_LIVES = [0.5, 3, 15] as const
/** No cause counts for more than this has been said of it: nats. */
const MOST_SAID = 60

/** What was said of one cause, once for each half-life, in nats. */
export type Sums = number[]

/** As it is after so long a time, with so much more. Changed in place. @param weight a number of any kind: what is not above 0 adds nothing */
export function addTo(sums: Sums, sinceMs: number, weight: number): void {
  const more = weight > 0 ? Math.min(weight, MOST_SAID) : 0
  for (const [index, days] of HALF_LIVES.entries())
    sums[index] = Math.min(MOST_SAID, (sums[index] ?? 0) * forgotten(sinceMs, days) + more)
}

/** What counts of it: the first nats for more than those after them. One number for each half-life, from 0. */
export function countsOf(sums: readonly number[], sinceMs: number): number[] {
  return HALF_LIVES.map((days, index) => Math.log1p((sums[index] ?? 0) * forgotten(sinceMs, days)))
}

function forgotten(sinceMs: number, days: number): number {
  return sinceMs > 0 ? 0.5 ** (sinceMs / (days * DAY_MS)) : 1
}
