/** SAFELEVEL_TEST_SHORT=1: a third of what is tried otherwise where trying goes through a store or over the wire, and not what takes minutes by itself. */
export const SHORT = process.env.SAFELEVEL_TEST_SHORT === '1'

/** How many runs of a property that takes minutes. */
export function runs(full: number): number {
  return SHORT ? Math.ceil(full / 3) : full
}

/** Says that a suite is left out of the short form. @returns whether it is */
export function leftOut(what: string): boolean {
  if (SHORT) process.stderr.write(`SKIPPED: ${what} (SAFELEVEL_TEST_SHORT is set)\n`)
  return SHORT
}
