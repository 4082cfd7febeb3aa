import { z } from 'zod'
import { CheckpointId, Name, Sha256, When, Words } from '../registry/index.ts'

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

/** What a partner must be bound to: the same that holds here. */
export const SAFEGUARDS = ['policy', 'screening', 'enforcement', 'reporting', 'halting'] as const

const Paper = {
  reference: Words(500).meta({ description: 'where it is on record' }),
  digest: Sha256.nullable().default(null),
}

export const NewPartnerBinding = z
  .strictObject({
    agreement: z.strictObject({
      ...Paper,
      safeguards: z
        .array(z.enum(SAFEGUARDS))
        .max(SAFEGUARDS.length)
        .meta({ description: 'what it binds the partner to: all five are needed; `halting`: to halt when ordered' }),
      endsAt: When,
    }),
    evaluation: z.strictObject({
      ...Paper,
      checkpoint: CheckpointId.meta({ description: 'what was evaluated, as the partner serves it' }),
    }),
  })
  .meta({ id: 'NewPartnerBinding' })
export type NewPartnerBinding = z.input<typeof NewPartnerBinding>

/** What binds a partner that serves a deployment, and how the partner has evaluated it. */
export const PartnerBinding = NewPartnerBinding.extend({
  deployment: Name,
  surface: Name,
  boundAt: When,
  boundBy: z.string(),
}).meta({ id: 'PartnerBinding' })
export type PartnerBinding = z.infer<typeof PartnerBinding>
