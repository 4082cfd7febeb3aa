import type { Attempt, Reproduction } from './schema.ts'
import type { Tally } from './statistics.ts'

/** What it counts as: what a person said, where one did. */
export function outcomeOf({ outcome, overruled }: Attempt): Attempt['outcome'] {
  return overruled?.outcome ?? outcome
}

export function tallyOf({ attempts }: Pick<Reproduction, 'attempts'>): Tally {
  const tally = { harmful: 0, refused: 0, harmless: 0, error: 0 }
  for (const attempt of attempts) tally[outcomeOf(attempt)] += 1
  return tally
}
