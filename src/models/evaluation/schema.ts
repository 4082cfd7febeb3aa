import { z } from 'zod'
import { CheckpointId, Name, Sha256, When, Words } from '../registry/index.ts'
import { VERDICTS } from './verdict/index.ts'

const Share = z.number().min(0).max(1)
export const Id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`), `an id ${prefix}_…`)

/** Domains that the policy names; any other name is one's own. */
export const Domain = Name.meta({ description: '`cbrn`, `cyber`, `autonomy`, or one’s own' })

export const NewThreatModel = z
  .strictObject({
    threat: Name,
    domain: Domain,
    threshold: Name.meta({ description: 'the capability threshold: `CBRN-3`, `AI-RD-4`, …' }),
    actor: Words(500).meta({ description: 'who would do it, with which means' }),
    capability: Words(1_000).meta({ description: 'what the model would have to be able to' }),
    baseline: Words(1_000).meta({ description: 'what they manage without it, that uplift is measured against' }),
    suites: z.array(Name).max(50).meta({ description: 'evaluations that would show it' }),
  })
  .meta({ id: 'NewThreatModel' })
export type NewThreatModel = z.input<typeof NewThreatModel>
export const ThreatModel = NewThreatModel.extend({ recordedAt: When, recordedBy: z.string() }).meta({
  id: 'ThreatModel',
})
export type ThreatModel = z.infer<typeof ThreatModel>

export const SuiteRule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('autonomy'),
    line: Share.gt(0).default(0.5).meta({ description: 'share of tasks at which the threshold is met' }),
    tries: z.int().min(1).max(100).default(10).meta({ description: 'one success in so many passes a task' }),
  }),
  z.strictObject({
    kind: z.literal('rate'),
    line: Share.gt(0),
    bounds: z.enum(['wilson', 'clopper-pearson']).default('clopper-pearson'),
  }),
])

export const SuiteLimits = z.strictObject({
  refusals: Share.default(0.05).meta({ description: 'share of tries that may be refused' }),
  errors: Share.default(0.05).meta({ description: 'share of tries that may end in an error or without a score' }),
  transcripts: z.int().min(1).max(10_000).default(20).meta({ description: 'failed transcripts that a person reads' }),
  graderPositives: z.int().min(1).max(10_000).default(20),
  graderRecall: Share.default(0.95),
  budgetPerTry: z.number().positive().max(1e6).nullable().default(null).meta({ description: 'dollars' }),
})

const MAX_LISTED = 20_000

export const NewSuite = z
  .strictObject({
    suite: Name.meta({ description: 'with its version: `autonomy-2026.1`; a changed suite is a new one' }),
    domain: Domain,
    threshold: Name,
    rule: SuiteRule,
    tasks: z.int().min(1).max(1_000_000).optional().meta({ description: 'how many; left out where they are listed' }),
    listed: z
      .array(
        z.strictObject({
          task: z.string().min(1).max(200),
          family: z.string().min(1).max(200).nullable().default(null),
        }),
      )
      .min(1)
      .max(MAX_LISTED)
      .optional()
      .meta({ description: 'each task by the id that it has in logs, and the family of tasks that it belongs to' }),
    passAt: z.number().default(1).meta({ description: 'a numeric score at or above this passes' }),
    fileDigest: Sha256.nullable().default(null).meta({
      description: 'SHA-256 of the file of tasks, which `safelevel eval run` asks: results of another are flagged',
    }),
    limits: SuiteLimits.prefault({}),
    supersedes: Name.nullable().default(null),
    reason: Words(2_000).nullable().default(null).meta({ description: 'why it supersedes; must be given then' }),
  })
  .meta({ id: 'NewSuite' })
export type NewSuite = z.input<typeof NewSuite>

/** An evaluation as it was frozen: what is measured, and from when on it says that a line is met. */
export const Suite = z
  .object({
    suite: Name,
    domain: Domain,
    threshold: Name,
    rule: SuiteRule,
    tasks: z.int(),
    listed: z.array(z.object({ task: z.string(), family: z.string().nullable() })).nullable(),
    passAt: z.number(),
    fileDigest: Sha256.nullable().default(null),
    limits: SuiteLimits,
    supersedes: Name.nullable(),
    reason: z.string().nullable(),
    digest: Sha256,
    frozenAt: When,
    frozenBy: z.string(),
  })
  .meta({ id: 'Suite' })
export type Suite = z.infer<typeof Suite>

export const Missing = z
  .object({ code: z.string(), words: z.string() })
  .meta({ id: 'MissingEvidence', description: 'what would move the verdict' })

const Totals = z.object({
  tasks: z.int(),
  tries: z.int(),
  passed: z.int(),
  failed: z.int(),
  refused: z.int(),
  errored: z.int(),
  unscored: z.int(),
})

export const VerdictView = z
  .object({
    verdict: z.enum(VERDICTS),
    lower: z.number(),
    upper: z.number(),
    line: z.number(),
    totals: Totals,
    tasks: z.object({ passed: z.int(), failed: z.int(), incomplete: z.int() }).nullable(),
    missing: z.array(Missing),
  })
  .meta({ id: 'SuiteVerdict' })

const Count = z.int().min(0).max(10_000_000)
const Step = z.enum(['done', 'not-applicable', 'not-done'])
/** What people vouch for about results. */
export const VouchedInput = z
  .strictObject({
    elicitation: z
      .strictObject({
        chainOfThought: Step,
        bestOfN: Step,
        tools: Step,
        scaffold: Step,
        fineTuned: Step,
        helpfulOnly: Step,
      })
      .optional(),
    transcripts: z.strictObject({ read: Count, spurious: Count }).optional(),
    contamination: z.strictObject({ checked: z.boolean(), unreplaced: Count }).optional(),
    grader: z.strictObject({ positives: Count, recognised: Count }).optional(),
    spend: z
      .strictObject({ perTry: z.number().min(0).max(1e9), earlyStop: Words(2_000).nullable().default(null) })
      .optional(),
  })
  .meta({ id: 'VouchedInput' })
export type VouchedInput = z.input<typeof VouchedInput>

const KeptVouched = z.object({
  elicitation: VouchedInput.shape.elicitation.unwrap().nullable(),
  transcripts: z.object({ read: Count, spurious: Count }).nullable(),
  contamination: z.object({ checked: z.boolean(), unreplaced: Count }).nullable(),
  grader: z.object({ positives: Count, recognised: Count }).nullable(),
  spend: z.object({ perTry: z.number(), earlyStop: z.string().nullable() }).nullable(),
  by: z.array(z.string()),
})
export type KeptVouched = z.infer<typeof KeptVouched>

export const LogFormat = z.enum(['inspect-json', 'inspect-eval', 'every-eval-ever', 'jsonl'])
export type LogFormat = z.infer<typeof LogFormat>

/** What was read from one file of results. */
export const Result = z
  .object({
    id: z.string(),
    assessment: z.string(),
    model: Name,
    suite: Name,
    snapshot: Name.meta({ description: 'which variant was tried: the best of them counts' }),
    format: LogFormat,
    fileDigest: Sha256,
    beganAt: When.nullable().meta({ description: 'when the run began, as the file says' }),
    triedModel: z.string().nullable().meta({ description: 'the model, as the file names it' }),
    totals: Totals,
    flags: z.array(Missing),
    verdict: VerdictView.meta({ description: 'of this file alone, before anybody asks whether it may be believed' }),
    importedAt: When,
    importedBy: z.string(),
  })
  .meta({ id: 'EvaluationResult' })
export type Result = z.infer<typeof Result>

export const NewOrder = z.strictObject({ reason: Words(2_000) }).meta({ id: 'NewEvaluationOrder' })
export const Order = z
  .object({ id: z.string(), model: Name, reason: z.string(), orderedAt: When, orderedBy: z.string() })
  .meta({ id: 'EvaluationOrder' })
export type Order = z.infer<typeof Order>

export const NewForecast = z
  .strictObject({
    run: Name.nullable().default(null),
    chance: Share.meta({ description: 'that the next level is reached, before the next evaluation' }),
    flops: z.number().positive().max(1e40).nullable().default(null),
    words: Words(5_000),
  })
  .meta({ id: 'NewForecast' })
export const Forecast = z
  .object({
    id: z.string(),
    model: Name,
    run: Name.nullable(),
    chance: Share,
    flops: z.number().nullable(),
    words: z.string(),
    madeAt: When,
    madeBy: z.string(),
  })
  .meta({ id: 'Forecast' })
export type Forecast = z.infer<typeof Forecast>

export const SHOWINGS = ['threatModels', 'evaluations', 'elicitation', 'forecast'] as const
export const ShowingName = z.enum(SHOWINGS)
export type ShowingName = z.infer<typeof ShowingName>

export const NewShowing = z
  .strictObject({
    words: Words(20_000),
    evidence: z.array(Sha256).max(100).default([]).meta({ description: 'digests of what it rests on' }),
  })
  .meta({ id: 'NewShowing' })
const Showing = z.object({ words: z.string(), evidence: z.array(Sha256), madeAt: When, madeBy: z.string() }).nullable()

export const NewAssessment = z
  .strictObject({ checkpoint: CheckpointId, suites: z.array(Name).min(1).max(50) })
  .meta({ id: 'NewAssessment' })

export const AssessmentState = z.enum(['open', 'concluded', 'decided', 'cleared', 'withdrawn'])
export type AssessmentState = z.infer<typeof AssessmentState>

/** A comprehensive assessment of one checkpoint. Only one that is cleared moves what is counted from. */
export const Assessment = z
  .object({
    id: z.string(),
    model: Name,
    checkpoint: CheckpointId,
    suites: z.array(Name),
    state: AssessmentState,
    openedAt: When,
    openedBy: z.string(),
    targetAt: When.meta({ description: 'a month after it was opened' }),
    reasons: z.array(z.string()).meta({ description: 'the rules by which it was due' }),
    late: z.boolean().meta({ description: 'it was due before it was opened, or concluded after its target' }),
    showings: z.object({
      threatModels: Showing,
      evaluations: Showing,
      elicitation: Showing,
      forecast: Showing,
    }),
    vouched: z.record(z.string(), KeptVouched).meta({ description: 'by suite: what people answer for, by name' }),
    lineMet: z
      .object({ suite: z.string(), result: z.string(), at: When })
      .nullable()
      .meta({ description: 'the first results that met a line: they count from then on, whatever is concluded' }),
    verdict: z.enum(VERDICTS).nullable(),
    missing: z.array(Missing.extend({ suite: z.string().nullable() })),
    reportDigest: Sha256.nullable().meta({ description: 'of the capability report as it was decided on' }),
    concludedAt: When.nullable(),
    concludedBy: z.string().nullable(),
    decision: z.object({ approval: z.string(), people: z.array(z.string()), decidedAt: When }).nullable(),
    receipts: z.array(z.object({ body: z.enum(['board', 'ltbt']), reference: z.string(), at: When, by: z.string() })),
    clearedAt: When.nullable(),
  })
  .meta({ id: 'Assessment' })
export type Assessment = z.infer<typeof Assessment>

export const NewReceipt = z
  .strictObject({ body: z.enum(['board', 'ltbt']), reference: Words(500) })
  .meta({ id: 'NewBoardReceipt' })

export const Deviation = z
  .object({
    id: z.string(),
    model: Name.nullable(),
    suite: Name.optional().meta({ description: 'which suite it concerns: the one that supersedes' }),
    kind: z.string(),
    words: z.string(),
    at: When,
    by: z.string(),
  })
  .meta({ id: 'Deviation' })
export type Deviation = z.infer<typeof Deviation>

/** Whether an evaluation of a model is due, and how far it may be trained. */
export const DueView = z
  .object({
    model: Name,
    due: z.boolean(),
    pause: z.boolean().meta({ description: 'at or past the buffer: training stops' }),
    reasons: z.array(z.object({ rule: z.string(), since: When.nullable(), words: z.string() })),
    reference: z.object({ basis: z.enum(['cleared', 'baseline']), checkpoint: z.string(), at: When }).nullable(),
    at: z.string().nullable().meta({ description: 'the checkpoint that has grown most' }),
    k: z
      .number()
      .nullable()
      .meta({ description: 'growth of effective compute; null = no bound, or nothing to count from' }),
    kHi: z.number().nullable().meta({ description: 'its upper bound, which counts; null as `k`' }),
    confidence: z.enum(['measured', 'low']).nullable(),
    extrapolated: z.boolean().meta({ description: 'the curve is read where nobody measured, without the RSO’s word' }),
    headroom: z.number().nullable().meta({ description: 'buffer / kHi' }),
    interval: z.number(),
    buffer: z.number(),
    months: z.int(),
    calendarAt: When.nullable().meta({ description: 'when the calendar makes it due' }),
    assessment: z.string().nullable().meta({ description: 'one that is open' }),
  })
  .meta({ id: 'EvaluationDue' })
export type DueView = z.infer<typeof DueView>
