import { z } from 'zod'
import { Name, When, Words } from '../registry/index.ts'

/** What one precondition comes to now. */
export const Finding = z
  .object({
    id: z.string(),
    title: z.string(),
    source: z.string().meta({ description: 'where the rule comes from' }),
    state: z.enum(['met', 'missing', 'not_installed']),
    says: z.string().meta({ description: 'the evidence, or what to do' }),
  })
  .meta({ id: 'ReleaseFinding' })
export type Finding = z.infer<typeof Finding>

export const ReleaseView = z
  .object({
    deployment: z.string(),
    model: z.string(),
    state: z.string(),
    effect: z.string().meta({ description: 'who is served: everybody, existing customers, nobody' }),
    passes: z.boolean().meta({ description: 'every precondition holds' }),
    red: z.string().nullable().meta({ description: 'why it is served all the same, where it does not pass' }),
    expiresAt: When.nullable(),
    checkedAt: When,
    findings: z.array(Finding),
  })
  .meta({ id: 'ReleaseView' })
export type ReleaseView = z.infer<typeof ReleaseView>

export const NewException = z
  .strictObject({
    deployment: Name,
    days: z.int().min(1).max(365),
    reason: Words(2_000),
    risk: Words(2_000).meta({ description: 'what may go wrong meanwhile, and who looks' }),
  })
  .meta({ id: 'NewReleaseException' })
export type NewException = z.infer<typeof NewException>
