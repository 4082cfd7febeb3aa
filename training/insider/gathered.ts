import { z } from 'zod'

/** What one simulated organisation gave: times in ms since its first day, weights in thousandths of a nat. */
export const Gathered = z.object({
  ...{ seed: z.int(), people: z.int(), days: z.int(), activities: z.int(), parameters: z.string() },
  truths: z.array(
    z.object({
      ...{ id: z.string(), kind: z.string(), family: z.string().optional(), people: z.array(z.string()) },
      ...{ version: z.string().nullable(), modelBytes: z.number(), startsMs: z.number(), endsMs: z.number() },
      /** When how many bytes left the vault. */
      steps: z.array(z.array(z.number())),
    }),
  ),
  persons: z.array(z.string()),
  causes: z.array(z.string()),
  /** Number of the activity, person, time, cause, weight, whether it is certain. */
  signals: z.array(z.array(z.number())),
})
export type Gathered = z.infer<typeof Gathered>
