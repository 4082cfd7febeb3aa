import { type Observation, rateOf } from '../evaluation/index.ts'
import type { Share } from './schema.ts'

/** A share with its interval (95 %), by clusters: tries at one behaviour go alike. Of nothing, everything is possible. */
export function shareOf(observed: readonly Observation[]): Share {
  const { count, of, unknown, rate, interval } = rateOf(observed)
  const [low, high] = interval ?? [0, 1]
  return { count, of, unknown, rate, low, high }
}
