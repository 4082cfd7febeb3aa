import { z } from 'zod'

const Days = z.int().min(1).max(3_650)

/** What customers are owed, and by when. Days. */
export const RedressConfig = z.strictObject({
  exemptionMaxDays: Days.max(365)
    .default(30)
    .meta({ description: 'longest time for which traffic is exempted from a clause' }),
  appealDueDays: Days.default(14).meta({ description: 'within which an appeal is decided; shown to who appeals' }),
  appealWindowDays: Days.default(180).meta({ description: 'after a decision, in which it can be contested' }),
  appealTextDays: Days.default(365).meta({ description: 'after an appeal is closed, until its words are erased' }),
  appealsPerHour: z
    .int()
    .min(1)
    .max(100_000)
    .default(20)
    .meta({ description: 'that one address may send by the public form; 50 times as many in all' }),
  requireAcceptance: z.boolean().default(false).meta({
    description: 'refuse traffic of organisations that have not accepted the policy in force after the grace',
  }),
  acceptanceGraceDays: z
    .int()
    .min(0)
    .max(3_650)
    .default(30)
    .meta({ description: 'from when a version comes into force, or the organisation came' }),
})
export type RedressConfig = z.infer<typeof RedressConfig>
