import { z } from 'zod'
import { LABELS } from '../../screening/index.ts'
import { Name, When, Words } from '../registry/index.ts'
import { ReportingClock } from './clocks.ts'

export const CaseId = z
  .string()
  .regex(/^(training|deployment|drill)\/[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,239}$/, 'training/MODEL or deployment/NAME')
export const IncidentId = z.string().regex(/^inc_[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of an incident: inc_…')
const Reason = Words(2_000)
const GatewayModel = z.string().min(1).max(200)

/** What is done to a deployment in an emergency so that those who have it can go on. Each only makes it stricter. */
export const Safeguards = z
  .strictObject({
    strict: z.boolean().default(true).meta({ description: 'what the policy would only flag is refused' }),
    toolsOff: z.boolean().default(true).meta({ description: 'requests that bring tools are refused' }),
    whole: z.boolean().default(true).meta({ description: 'streams are held until all of the answer is judged' }),
    closed: z
      .partialRecord(z.enum(LABELS), z.number().gt(0).lt(1))
      .default({})
      .meta({ description: 'by label: the score from which it is refused, whatever the policy says' }),
    replaceWith: GatewayModel.nullable().default(null).meta({ description: 'another model that answers in its place' }),
    downgrade: z
      .partialRecord(z.enum(LABELS), z.strictObject({ from: z.number().gt(0).lt(1), to: GatewayModel }))
      .default({})
      .meta({ description: 'by label: the score of a request from which another model answers it' }),
    judge: z.boolean().default(false).meta({
      description:
        'the judge of `classifier.judge` reads every request and every answer too, and the higher score counts',
    }),
  })
  .meta({ id: 'Safeguards' })
export type Safeguards = z.output<typeof Safeguards>

export const NewHalt = z
  .strictObject({
    model: GatewayModel.optional().meta({ description: 'a model line, or a model that the gateway serves' }),
    deployment: Name.optional(),
    reason: Reason,
    awareAt: When.optional().meta({ description: 'since when it was suspected; now, when left out' }),
    observedAt: When.optional().meta({ description: 'when what was found out happened' }),
    drill: z.boolean().default(false),
  })
  .refine(({ model, deployment }) => (model === undefined) !== (deployment === undefined), {
    message: 'name a model or a deployment, one of the two',
    path: ['model'],
  })
  .meta({ id: 'NewHalt' })
export type NewHalt = z.input<typeof NewHalt>

export const HaltTarget = z
  .strictObject({ model: GatewayModel.optional(), deployment: Name.optional() })
  .refine(({ model, deployment }) => (model === undefined) !== (deployment === undefined), {
    message: 'name a model or a deployment, one of the two',
    path: ['model'],
  })
export type HaltTarget = z.infer<typeof HaltTarget>

/** What a halt would do, in numbers. */
export const HaltReach = z
  .object({
    items: z.array(
      z.object({
        deployment: z.string(),
        gatewayModels: z.array(GatewayModel),
        state: z.string(),
        halts: z.boolean().meta({ description: 'false: it is halted or closed already' }),
        customers: z.int().meta({ description: 'organisations that would go on being served' }),
        elsewhere: z.array(z.string()).meta({ description: 'surfaces that can’t be halted from here' }),
      }),
    ),
  })
  .meta({ id: 'HaltReach' })
export type HaltReach = z.infer<typeof HaltReach>

export const NewEvidence = z
  .strictObject({
    kind: z.string().max(60),
    reference: Words(500).meta({ description: 'where it is on record' }),
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .default(null),
  })
  .meta({ id: 'NewEvidence' })
export type NewEvidence = z.input<typeof NewEvidence>

export const NewStep = z.strictObject({ step: z.string().max(60), reason: Reason }).meta({ id: 'NewStep' })
export const NewEmergency = z
  .strictObject({ reason: Reason, safeguards: Safeguards.prefault({}) })
  .meta({ id: 'NewEmergency' })
export type NewEmergency = z.input<typeof NewEmergency>

const Shown = z.object({
  kind: z.string(),
  reference: z.string(),
  digest: z.string().nullable(),
  by: z.string(),
  at: When,
})
const Taken = z.object({
  step: z.string(),
  from: z.string(),
  to: z.string(),
  at: When,
  people: z.array(z.string()).meta({ description: 'who took it: one, or two and more; empty = the system' }),
  approval: z.string().nullable(),
  reason: z.string(),
})

/** What the customers of a deployment are told of. */
export const Measure = z.enum(['safeguards_applied', 'safeguards_lifted', 'withdrawn'])
export type Measure = z.infer<typeof Measure>

/** Where training of a model line, or a deployment, stands. */
export const ResponseCase = z
  .object({
    id: CaseId,
    machine: z.enum(['training', 'deployment']),
    model: z.string().meta({ description: 'the model line, or the gateway’s model where no line is registered' }),
    deployment: z.string().nullable(),
    gatewayModels: z.array(GatewayModel).meta({ description: 'names under which the gateway serves it' }),
    state: z.string(),
    shown: z.array(Shown).meta({ description: 'evidence that counts now' }),
    history: z.array(Taken).meta({ description: 'the last 200 steps' }),
    frozen: z
      .array(z.string())
      .nullable()
      .meta({ description: 'organisations that were customers when it was halted; null = not halted' }),
    safeguards: Safeguards.nullable(),
    incident: z.string().nullable(),
    drill: z.boolean(),
    expiresAt: When.nullable().meta({ description: 'end of an exception' }),
    told: z
      .array(z.object({ measure: Measure, customers: z.int(), at: When }))
      .default([])
      .meta({ description: 'what its customers were told, by webhook; the last 50' }),
    changedAt: When,
  })
  .meta({ id: 'ResponseCase' })
export type ResponseCase = z.infer<typeof ResponseCase>

export const CaseView = ResponseCase.extend({
  effect: z.string(),
  title: z.string(),
  leads: z.array(
    z.object({
      step: z.string(),
      title: z.string(),
      to: z.string(),
      by: z.enum(['one', 'two', 'system']),
      missing: z.array(z.array(z.string())).meta({ description: 'evidence that it needs, each with its alternatives' }),
    }),
  ),
}).meta({ id: 'ResponseCaseView' })
export type CaseView = z.infer<typeof CaseView>

const Task = z.object({
  case: CaseId,
  deployment: z.string(),
  customers: z.int().meta({ description: 'organisations that go on being served' }),
  owner: z.string().nullable(),
  dueAt: When,
  assessedAt: When.nullable(),
})
const Order = z.object({
  deployment: z.string(),
  surface: z.string(),
  kind: z.enum(['own', 'api', 'partner']),
  what: z
    .enum(['halt', 'safeguards'])
    .default('halt')
    .meta({ description: 'to take no new customers, or to put on the additional safeguards' }),
  orderedAt: When,
  acknowledged: z.object({ at: When, by: z.string(), reference: z.string() }).nullable(),
})

/** What happened to a model, what follows from it, and by when. */
export const Incident = z
  .object({
    id: IncidentId,
    kind: z.literal('2d'),
    model: z.string(),
    reason: z.string(),
    cause: z.enum(['person', 'verdict']),
    drill: z.boolean(),
    observedAt: When.nullable(),
    awareAt: When,
    openedAt: When,
    openedBy: z.string(),
    tasks: z.array(Task),
    orders: z.array(Order).meta({ description: 'surfaces that can’t be halted from here' }),
    emergencyAt: When.nullable(),
    closedAt: When.nullable(),
  })
  .meta({ id: 'Incident' })
export type Incident = z.infer<typeof Incident>

export const IncidentView = Incident.extend({
  clocks: z.array(ReportingClock),
  beyond: z.array(z.string()).meta({ description: 'what can’t be halted from here, in words' }),
}).meta({ id: 'IncidentView' })
export type IncidentView = z.infer<typeof IncidentView>

export const Acknowledgement = z
  .strictObject({ deployment: z.string().max(240), surface: Name, reference: Words(500) })
  .meta({ id: 'HaltAcknowledgement' })
export type Acknowledgement = z.input<typeof Acknowledgement>

export const PROCEDURES = ['pause', '2c', '2d'] as const
export const Procedure = z.enum(PROCEDURES)
export type Procedure = z.infer<typeof Procedure>

export const NewDrill = z
  .strictObject({
    model: GatewayModel.optional().meta({ description: 'a model line, or a model that the gateway serves' }),
    deployment: Name.optional(),
    procedures: z
      .array(Procedure)
      .min(1)
      .max(PROCEDURES.length)
      .default([...PROCEDURES]),
    reason: Reason.default('drill'),
  })
  .refine(({ model, deployment }) => (model === undefined) !== (deployment === undefined), {
    message: 'name a model or a deployment, one of the two',
    path: ['model'],
  })
  .meta({ id: 'NewDrill' })
export type NewDrill = z.input<typeof NewDrill>

const DrillStep = z.object({
  title: z.string(),
  ok: z.boolean().meta({ description: 'it would have gone as it should' }),
  says: z.string(),
})
const Rehearsal = z.object({
  procedure: Procedure,
  ok: z.boolean(),
  tookMs: z.number(),
  steps: z.array(DrillStep),
})
export type Rehearsal = z.infer<typeof Rehearsal>
export type DrillStep = z.infer<typeof DrillStep>

/** What a rehearsal came to. */
export const DrillReport = z
  .object({
    id: z.string(),
    model: z.string(),
    deployment: z.string().nullable(),
    reason: z.string(),
    ok: z.boolean(),
    rehearsals: z.array(Rehearsal),
    incident: z.string().nullable().meta({ description: 'the incident of the rehearsal, closed with it' }),
    startedAt: When,
    filedAt: When,
    filedBy: z.string(),
    digest: z.string().meta({ description: 'SHA-256 of the rest as canonical JSON, as the ledger has it' }),
  })
  .meta({ id: 'DrillReport' })
export type DrillReport = z.infer<typeof DrillReport>

export const ProfileName = z.enum(['rsp-1.0', 'rsp-2.2'])
export type ProfileName = z.infer<typeof ProfileName>

export const ProfileSwitch = z.object({
  from: z.object({ profile: ProfileName.nullable(), months: z.int() }),
  to: z.object({ profile: ProfileName, months: z.int() }),
  at: When,
  people: z.array(z.string()),
  approval: z.string(),
})
export type ProfileSwitch = z.infer<typeof ProfileSwitch>

/** By which edition of the policy evaluations fall due. */
export const ProfileView = z
  .object({
    profile: ProfileName.nullable().meta({ description: 'null = the months are neither edition’s' }),
    months: z.int().meta({ description: 'between evaluations' }),
    since: When.nullable().meta({ description: 'null = as the configuration has it: nobody has switched' }),
    switches: z.array(ProfileSwitch).meta({ description: 'newest first' }),
  })
  .meta({ id: 'ScalingProfile' })
export type ProfileView = z.infer<typeof ProfileView>

export const NewProfileSwitch = z
  .strictObject({ profile: ProfileName, reason: Reason })
  .meta({ id: 'NewProfileSwitch' })
export type NewProfileSwitch = z.infer<typeof NewProfileSwitch>
