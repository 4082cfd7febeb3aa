import { countsOf } from './sums.ts'
import { SHIPPED, weightsOf } from './weights.ts'

const DAY_MS = 86_400_000
const STEPS_PER_DAY = 8
const LONGEST_DAYS = 120
/** What a day says that is rare. */
const RARE_NATS = 3

/** After how many days half of what a cause says of one rare day is forgotten; 0 for what counts nothing. */
export function halfLifeDaysOf(cause: string): number {
  const weights = weightsOf(SHIPPED, cause)
  const sums = weights.map(() => RARE_NATS)
  const after = (days: number) =>
    countsOf(sums, days * DAY_MS).reduce((sum, count, index) => sum + count * (weights[index] ?? 0), 0)
  const half = after(0) / 2
  for (let step = 0; step <= LONGEST_DAYS * STEPS_PER_DAY; step++)
    if (after(step / STEPS_PER_DAY) <= half) return step / STEPS_PER_DAY
  return LONGEST_DAYS
}
