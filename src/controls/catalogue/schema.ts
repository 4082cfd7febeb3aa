import { z } from 'zod'

/** Editions of the policy from which controls come. */
export const POLICIES = ['rsp-1.0', 'rsp-2.0', 'rsp-2.1', 'rsp-2.2', 'rsp-3.4'] as const

/** What a duty stands in: an edition, or one of the texts beside it. `review-2024` is the first-year review of how the policy was kept, `asl-3-2025` the report on the activation of the next level. */
export const DOCUMENTS = [...POLICIES, 'review-2024', 'asl-3-2025', 'white-house-2023'] as const

/** Families in the order in which they are shown. `X` is what the sources ask for at the next level only. */
export const FAMILIES = ['GOV', 'EVL', 'RSP', 'SEC', 'DEP', 'WHC', 'X'] as const
export type Family = (typeof FAMILIES)[number]

/** Other regimes that ask for the same. */
export const REGIMES = ['eu-cop', 'sb-53', 'nist-ai-600-1', 'iso-42001', 'white-house', 'soc2'] as const
export type Regime = (typeof REGIMES)[number]

/** `enforced`: software refuses the act. `gated`: nothing goes on until named people or evidence are there. `tracked`: people say so, and sign. */
export const MODES = ['enforced', 'gated', 'tracked'] as const

export const ControlId = z.string().regex(/^(GOV|EVL|RSP|SEC|DEP|WHC|X)-\d{2}$/)
export type ControlId = z.infer<typeof ControlId>

const Line = z.string().min(1).max(200)
const Words = z.string().min(1).max(1_000)
const ProfileId = z.string().regex(/^[a-z0-9.-]{1,40}$/)

/** A change between editions of the policy, as they say it. */
export const Lineage = z.strictObject({
  policy: z.enum(POLICIES),
  change: z.enum(['introduced', 'kept', 'narrowed', 'widened', 'superseded', 'dropped']),
  by: z.array(ControlId).min(1).optional().meta({ description: 'the controls that took its place' }),
  reason: Words.optional().meta({ description: 'the reason that the policy gave, or that it gave none, in our words' }),
})
export type Lineage = z.infer<typeof Lineage>

export const Control = z.strictObject({
  id: ControlId,
  title: Line.meta({ description: 'what must hold, as a sentence that is true or false' }),
  statement: Words.meta({ description: 'the duty in full, in our own words' }),
  mode: z.enum(MODES),
  sources: z.array(z.strictObject({ policy: z.enum(DOCUMENTS), clause: Line })).min(1),
  lineage: z.array(Lineage).default([]),
  mappings: z.partialRecord(z.enum(REGIMES), z.array(Line).min(1)).default({}),
  owner: z
    .string()
    .meta({ description: 'the role of staff that answers for it, and attests where nothing can be probed' }),
  freshDays: z.int().min(1).max(400).meta({ description: 'how long evidence that people give counts' }),
  guidance: Words.meta({ description: 'what to do for it to hold' }),
})
export type Control = z.infer<typeof Control>

export const FamilyFile = z.strictObject({
  family: z.enum(FAMILIES),
  title: Line,
  controls: z.array(Control).min(1),
})

/** A control that a profile has, or has not, against what the sources of the control say. */
const Exception = z.strictObject({ control: ControlId, reason: Words })

/** Which controls an organisation answers for. An overlay comes on top of a profile. */
export const Profile = z.strictObject({
  id: ProfileId,
  kind: z.enum(['profile', 'overlay']),
  title: Line,
  statement: Words,
  from: z
    .array(z.enum(DOCUMENTS))
    .min(1)
    .meta({ description: 'controls that stand in one of these belong to it, unless dropped by then' }),
  families: z.array(z.enum(FAMILIES)).min(1).meta({ description: 'the families that it draws from' }),
  also: z.array(Exception).default([]).meta({ description: 'belong to it though their sources do not say so' }),
  without: z.array(Exception).default([]).meta({ description: 'do not belong to it though their sources say so' }),
  controls: z.array(ControlId).min(1).meta({ description: 'what comes of that, written out' }),
})
export type Profile = z.infer<typeof Profile>

export const ProfilesFile = z.strictObject({ profiles: z.array(Profile).min(1) })

/** What another regime asks for in one of its clauses, in our own words. */
const Criterion = z.strictObject({
  id: Line,
  title: Line,
  gap: Words.optional().meta({
    description: 'of what no control answers to: that it is not covered, and what there is beside it',
  }),
})

/** Another regime, and as many of its clauses as are known here. */
export const RegimeText = z.strictObject({
  id: z.enum(REGIMES),
  title: Line,
  whole: z
    .boolean()
    .meta({ description: 'whether every clause of it is listed: only then does the list say what is not covered' }),
  note: Words,
  criteria: z.array(Criterion),
})
export type RegimeText = z.infer<typeof RegimeText>

export const RegimesFile = z.strictObject({ regimes: z.array(RegimeText).min(1) })
