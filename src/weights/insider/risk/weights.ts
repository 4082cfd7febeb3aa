import { z } from 'zod'
import { HALF_LIVES } from './sums.ts'
import shipped from './weights.json' with { type: 'json' }

const PerHalfLife = z.array(z.number().nonnegative()).length(HALF_LIVES.length)

/** What each cause counts, by half-life, as `training/insider/fit.ts` found it: risk in nats for each unit of what was said. */
export const Weights = z.object({
  format: z.literal('safelevel-insider-weights/v1'),
  halfLivesDays: z.array(z.number()),
  /** Of causes that were never met in training: a new rule of somebody's own. */
  unknown: PerHalfLife,
  causes: z.record(z.string(), PerHalfLife),
})
export type Weights = z.infer<typeof Weights>

export const SHIPPED: Weights = Weights.parse(shipped)

/** What a cause counts. @param cause a rule's id, or `behaviour.<measure>` */
export function weightsOf(weights: Weights, cause: string): readonly number[] {
  return Object.hasOwn(weights.causes, cause) ? (weights.causes[cause] ?? weights.unknown) : weights.unknown
}
