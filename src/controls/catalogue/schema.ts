import { z } from 'zod'

/** Editions of the policy from which controls come. */
export const POLICIES = ['rsp-1.0', 'rsp-2.0', 'rsp-2.1', 'rsp-2.2', 'rsp-3.4'] as const

/** Families in the order in which they are shown. `X` is what the sources ask for at the next level only. */
export const FAMILIES = ['GOV', 'EVL', 'RSP', 'SEC', 'DEP', 'WHC', 'X'] as const
export type Family = (typeof FAMILIES)[number]

/** Other regimes that ask for the same. */
export const REGIMES = ['eu-cop', 'sb-53', 'nist-ai-600-1', 'iso-42001', 'white-house'] as const

/** `enforced`: software refuses the act. `gated`: nothing goes on until named people or evidence are there. `tracked`: people say so, and sign. */
export const MODES = ['enforced', 'gated', 'tracked'] as const

export const ControlId = z.string().regex(/^(GOV|EVL|RSP|SEC|DEP|WHC|X)-\d{2}$/)
export type ControlId = z.infer<typeof ControlId>

const Line = z.string().min(1).max(200)
const Words = z.string().min(1).max(1_000)

/** A change between editions of the policy, as they say it. */
export const Lineage = z.strictObject({
  policy: z.enum(POLICIES),
  change: z.enum(['introduced', 'kept', 'narrowed', 'widened', 'superseded', 'dropped']),
  by: z.array(ControlId).optional().meta({ description: 'the controls that took its place' }),
  reason: Words.optional().meta({ description: 'the reason that the policy gave, in our words' }),
})

export const Control = z.strictObject({
  id: ControlId,
  title: Line.meta({ description: 'what must hold, as a sentence that is true or false' }),
  statement: Words.meta({ description: 'the duty in full, in our own words' }),
  mode: z.enum(MODES),
  sources: z.array(z.strictObject({ policy: z.enum(POLICIES), clause: Line })).min(1),
  lineage: z.array(Lineage).default([]),
  mappings: z.partialRecord(z.enum(REGIMES), z.array(Line).min(1)).default({}),
  owner: z.string().meta({ description: 'the role of staff that answers for it, and attests where nothing can be probed' }),
  freshDays: z.int().min(1).max(400).meta({ description: 'how long evidence that people give counts' }),
  guidance: Words.meta({ description: 'what to do for it to hold' }),
})
export type Control = z.infer<typeof Control>

export const FamilyFile = z.strictObject({
  family: z.enum(FAMILIES),
  title: Line,
  controls: z.array(Control).min(1),
})

/** Which controls an organisation answers for. */
export const Profile = z.strictObject({
  id: z.string().regex(/^[a-z0-9.-]{1,40}$/),
  title: Line,
  statement: Words,
  controls: z.array(ControlId).min(1),
})
export type Profile = z.infer<typeof Profile>
