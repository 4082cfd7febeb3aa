/** SAFELEVEL_TEST_SHORT=1: a third of what is tried otherwise, where trying goes through a store or over the wire. */
const SHORT = process.env.SAFELEVEL_TEST_SHORT === '1'

/** How many runs of a property that takes minutes. */
export function runs(full: number): number {
  return SHORT ? Math.ceil(full / 3) : full
}
