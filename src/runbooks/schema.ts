import { z } from 'zod'
import { Role } from '../staff/index.ts'

const Words = (most: number) => z.string().trim().min(1).max(most)
const When = z.iso.datetime()
const Sha256 = z.hash('sha256')
const Roles = z.array(Role).min(1).max(12)
const MOST_MINUTES = 30 * 24 * 60
const MOST_STEPS = 40

export const RunbookId = z.string().regex(/^[a-z][a-z0-9-]{2,39}$/, 'small letters, digits and hyphens')
const PartId = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'small letters, digits and hyphens')

/** Where the product looks by itself. */
export const LookName = z
  .string()
  .regex(
    /^(control:[A-Z]{1,3}-\d{2}|condition:[a-z_]{1,60}|entry:[a-z_]{1,40}\.[a-z_]{1,60})$/,
    'control:ID, condition:CODE or entry:KIND',
  )
  .meta({
    description:
      '`control:ID`: the control holds; `condition:CODE`: the condition does not stand; `entry:KIND`: the ledger has an event of this kind since the run began',
  })

const step = {
  id: PartId,
  title: Words(160),
  say: Words(1_500).meta({ description: 'what to do, or what it means' }),
  withinMinutes: z
    .int()
    .min(1)
    .max(MOST_MINUTES)
    .nullable()
    .default(null)
    .meta({ description: 'counted from the start of the run; null: no time is set' }),
  only: z
    .strictObject({ decision: PartId, answers: z.array(PartId).min(1).max(6) })
    .nullable()
    .default(null)
    .meta({ description: 'asked for only after one of these answers to an earlier question' }),
}

export const DoStep = z
  .strictObject({
    kind: z.literal('do'),
    ...step,
    roles: Roles.meta({ description: 'who may do it: one of these' }),
    command: Words(300).nullable().default(null).meta({ description: 'what does it at the terminal' }),
    page: z
      .string()
      .regex(/^\/[a-z0-9/-]{0,100}$/)
      .nullable()
      .default(null)
      .meta({ description: 'where the console does it' }),
  })
  .meta({ id: 'RunbookDoStep' })
export type DoStep = z.infer<typeof DoStep>

export const CheckStep = z
  .strictObject({
    kind: z.literal('check'),
    ...step,
    look: LookName,
    required: z
      .boolean()
      .default(true)
      .meta({ description: 'true: the run is not closed while it does not hold, unless somebody says why' }),
  })
  .meta({ id: 'RunbookCheckStep' })
export type CheckStep = z.infer<typeof CheckStep>

export const DecideStep = z
  .strictObject({
    kind: z.literal('decide'),
    ...step,
    roles: Roles.meta({ description: 'who may answer: one of these' }),
    answers: z
      .array(z.strictObject({ id: PartId, says: Words(200) }))
      .min(2)
      .max(6),
  })
  .meta({ id: 'RunbookDecideStep' })
export type DecideStep = z.infer<typeof DecideStep>

export const RunbookStep = z.discriminatedUnion('kind', [DoStep, CheckStep, DecideStep]).meta({ id: 'RunbookStep' })
export type RunbookStep = z.infer<typeof RunbookStep>

/** What people do when something happens, step by step. */
export const Runbook = z
  .strictObject({
    id: RunbookId,
    title: Words(120),
    when: Words(600).meta({ description: 'when to start it' }),
    about: Words(200).meta({ description: 'what to name when it is started' }),
    lead: Roles.meta({ description: 'who may pass over a step, and close a run' }),
    readers: Roles.nullable().default(null).meta({
      description: 'who alone sees its runs, where those who might be concerned must not; null: whoever reads runbooks',
    }),
    sources: z.array(Words(200)).max(12).default([]),
    steps: z.array(RunbookStep).min(1).max(MOST_STEPS),
  })
  .meta({ id: 'Runbook' })
export type Runbook = z.infer<typeof Runbook>

/** A runbook as it can be started now. */
export const RunbookView = Runbook.extend({
  digest: Sha256.meta({ description: 'of the runbook as RFC 8785 JSON' }),
  own: z.boolean().meta({ description: 'true: the organisation’s own; false: it came with Safelevel' }),
}).meta({ id: 'RunbookView' })
export type RunbookView = z.infer<typeof RunbookView>

export const RunId = z.string().regex(/^rbr_[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of a run: rbr_…')

export const NewRun = z
  .strictObject({
    runbook: RunbookId,
    about: Words(500).nullable().default(null).meta({
      description: 'what it is about: the identifier of a case, a report, a model; no names and no content',
    }),
    drill: z.boolean().default(false).meta({ description: 'an exercise: marked as one everywhere' }),
  })
  .meta({ id: 'NewRunbookRun' })
export type NewRun = z.input<typeof NewRun>

export const STEP_STATES = ['done', 'skipped', 'answered', 'holds', 'fails', 'unknown'] as const

/** What became of a step: the last word on it. */
export const Settled = z
  .object({
    state: z.enum(STEP_STATES),
    answer: z.string().nullable().meta({ description: 'of a question: the id of the answer' }),
    words: z.string().nullable().meta({ description: 'a note, a reason, or what was seen' }),
    by: z.string().meta({ description: 'a person of the staff, or who else started the look' }),
    at: When,
    since: When.meta({ description: 'since when it has been so: a check that goes on holding keeps its time' }),
  })
  .meta({ id: 'RunbookSettled' })
export type Settled = z.infer<typeof Settled>

export const OUTCOMES = ['finished', 'stopped'] as const
export const Closing = z
  .strictObject({
    outcome: z.enum(OUTCOMES).meta({ description: '`stopped`: before its end, such as after a false alarm' }),
    summary: Words(4_000).meta({ description: 'what happened and what comes of it; names no customer' }),
    despite: Words(2_000).nullable().default(null).meta({
      description: 'why it is closed although a required check does not hold',
    }),
  })
  .meta({ id: 'RunbookClosing' })
export type Closing = z.input<typeof Closing>

const Closed = z.object({ ...Closing.shape, by: z.string(), at: When })

/** A run as it is kept. It keeps the runbook that it began with: one that is changed meanwhile changes no run. */
export const Run = z.object({
  id: RunId,
  runbook: Runbook,
  digest: Sha256,
  about: z.string().nullable(),
  drill: z.boolean(),
  startedBy: z.string(),
  startedAt: When,
  settled: z.record(z.string(), Settled),
  closed: Closed.nullable(),
})
export type Run = z.infer<typeof Run>

/** A step of a run, as it stands. */
export const RunStep = z
  .object({
    step: RunbookStep,
    applies: z.enum(['yes', 'no', 'undecided']).meta({ description: 'whether the answers so far ask for it' }),
    settled: Settled.nullable(),
    open: z.boolean().meta({ description: 'asked for, and not settled yet' }),
    dueAt: When.nullable(),
    late: z.boolean().meta({ description: 'settled, or still open, after its time' }),
  })
  .meta({ id: 'RunbookRunStep' })
export type RunStep = z.infer<typeof RunStep>

export const RunSummary = z
  .object({
    id: RunId,
    runbook: RunbookId,
    title: z.string(),
    about: z.string().nullable(),
    drill: z.boolean(),
    startedBy: z.string(),
    startedAt: When,
    closed: Closed.nullable().meta({ description: 'null: it is under way' }),
    open: z.int().meta({ description: 'steps that are asked for and not settled' }),
    late: z.int().meta({ description: 'of those, how many are past their time; 0 once it is closed' }),
    next: z.string().nullable().meta({ description: 'id of the first open step' }),
  })
  .meta({ id: 'RunbookRunSummary' })
export type RunSummary = z.infer<typeof RunSummary>

/** Something that somebody did in a run. */
export const RunAct = z
  .object({
    id: z.string().meta({ description: 'of its event on the ledger' }),
    step: z.string(),
    ...Settled.shape,
  })
  .meta({ id: 'RunbookRunAct' })
export type RunAct = z.infer<typeof RunAct>

export const RunView = RunSummary.extend({
  digest: Sha256,
  when: z.string(),
  lead: Roles,
  readers: Roles.nullable(),
  steps: z.array(RunStep),
  acts: z.array(RunAct).meta({ description: 'newest first, at most 200; the ledger has all' }),
}).meta({ id: 'RunbookRunView' })
export type RunView = z.infer<typeof RunView>

/** What people say of a step. A check is no word of theirs: the product looks. */
export const StepWork = z
  .discriminatedUnion('act', [
    z.strictObject({ act: z.literal('done'), note: Words(2_000).nullable().default(null) }),
    z.strictObject({ act: z.literal('skip'), reason: Words(2_000) }),
    z.strictObject({
      act: z.literal('answer'),
      answer: PartId,
      reason: Words(2_000)
        .nullable()
        .default(null)
        .meta({ description: 'needed where a question was answered otherwise before' }),
    }),
  ])
  .meta({ id: 'RunbookStepWork' })
export type StepWork = z.input<typeof StepWork>
