import { z } from 'zod'

/** The floor below which a score is not recorded: below it all that is known is that it was lower. */
export const RECORDED_SCORE_FLOOR = 0.05

const Flag = z.object({ label: z.string(), score: z.number(), clause: z.string() })

/** What was said of one side of an exchange. */
export const RecordedSide = z
  .object({
    action: z.enum(['allow', 'refuse']),
    label: z.string().nullable(),
    clause: z.string().nullable(),
    score: z.number().nullable(),
    threshold: z.number().nullable(),
    severity: z.string().nullable(),
    reason: z.string().nullable().meta({ description: '`threshold`, `media` or `unavailable`' }),
    flagged: z.array(Flag),
    unevaluated: z.array(z.string()).meta({ description: 'labels that nobody judged' }),
    scores: z.record(z.string(), z.number()).meta({
      description: 'highest score per label, 4 digits; one that is absent was below 0.05, or its label was not judged',
    }),
    classifiers: z.array(z.string()),
    testString: z.boolean(),
  })
  .meta({ id: 'RecordedSide' })
export type RecordedSide = z.infer<typeof RecordedSide>

/** How an answer was put right before it was sent. */
export const RecordedRevision = z
  .object({
    clause: z.string().meta({ description: 'under which it was revised' }),
    model: z.string().meta({ description: 'that revised it' }),
    rounds: z.int().meta({ description: 'of critique and revision' }),
    ms: z.int(),
  })
  .meta({ id: 'RecordedRevision' })
export type RecordedRevision = z.infer<typeof RecordedRevision>

export const OUTCOMES = ['allow', 'refuse', 'revise', 'cut', 'reject', 'error', 'cancel'] as const

/** One decision of the gateway as its ledger event tells it: no content, no names. */
export const RecordedDecision = z
  .object({
    id: z.string().meta({ description: '`dec_…`; sorts by the time at which the request came in' }),
    position: z.int().nonnegative().meta({ description: 'of its event on the ledger' }),
    at: z.iso.datetime(),
    outcome: z.enum(OUTCOMES),
    enforced: z.boolean().meta({ description: 'false where what is refused is released all the same' }),
    route: z.string(),
    dialect: z.string().nullable(),
    model: z.string().nullable(),
    surface: z.string().nullable(),
    tier: z.string().nullable().meta({ description: 'of the customer, at the time' }),
    organisation: z.string().nullable(),
    project: z.string().nullable(),
    key: z.string().nullable().meta({ description: 'id of the API key' }),
    endUser: z.string().nullable().meta({ description: '`eu_…`: keyed digest of the customer’s identifier' }),
    side: z.enum(['prompt', 'completion']).nullable().meta({ description: 'what was refused, else what was flagged' }),
    label: z.string().nullable().meta({ description: 'what it was refused for; of one let through, its highest flag' }),
    clause: z.string().nullable(),
    severity: z.string().nullable(),
    policyVersion: z.string().nullable(),
    policyDigest: z.string().nullable(),
    testString: z.boolean().meta({ description: 'refused because of the harmless test string alone' }),
    canary: z.boolean().meta({ description: 'sent by Safelevel itself to see that it is caught; counts in no number' }),
    code: z.string().nullable().meta({ description: 'of the error, where it ended in one' }),
    durationMs: z.number().nullable(),
    inputTokens: z.int().nullable(),
    outputTokens: z.int().nullable(),
    turns: z.int().nullable(),
    prompt: RecordedSide.nullable(),
    completion: RecordedSide.nullable(),
    revised: RecordedRevision.nullable().meta({
      description: 'with the outcome `revise`, unless it was not enforced: what was refused is `completion`',
    }),
    unrevised: z.string().nullable().meta({ description: 'why a revision that the policy asks for was not to be had' }),
  })
  .meta({ id: 'RecordedDecision' })
export type RecordedDecision = z.infer<typeof RecordedDecision>

/** What to look for; everything that is given must hold. */
export const DecisionFilter = z.object({
  outcome: z.enum(OUTCOMES).optional(),
  label: z.string().max(100).optional(),
  clause: z.string().max(100).optional(),
  organisation: z.string().max(100).optional(),
  project: z.string().max(100).optional(),
  key: z.string().max(100).optional(),
  endUser: z.string().max(100).optional(),
  model: z.string().max(200).optional(),
  surface: z.string().max(100).optional(),
  policyVersion: z.string().max(100).optional(),
  enforced: z.stringbool({ truthy: ['true'], falsy: ['false'] }).optional(),
  since: z.iso.datetime({ offset: true }).optional().meta({ description: 'requests that came in at or after' }),
  until: z.iso.datetime({ offset: true }).optional().meta({ description: 'requests that came in before' }),
  idPrefix: z
    .string()
    .regex(/^dec_[0-9A-HJKMNP-TV-Z]{0,26}$/, 'the beginning of a decision id')
    .optional(),
})
export type DecisionFilter = z.infer<typeof DecisionFilter>

/** What a decision must say just as the filter does; the others are ranges. */
export const EXACT_FILTERS = [
  'outcome',
  'label',
  'clause',
  'organisation',
  'project',
  'key',
  'endUser',
  'model',
  'surface',
  'policyVersion',
  'enforced',
] as const

export interface DecisionQuery extends DecisionFilter {
  /** The `next` of the page before: only older ones. */
  readonly after?: string | undefined
  /** 1 to 200. */
  readonly limit: number
}

export const SummaryStep = z.enum(['hour', 'day'])
export type SummaryStep = z.infer<typeof SummaryStep>

/** Numbers for charts. */
export const DecisionSummary = z
  .object({
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    step: SummaryStep,
    totals: z.record(z.string(), z.int()).meta({ description: 'requests by outcome' }),
    labels: z.record(z.string(), z.int()).meta({ description: 'refusals and cuts by label' }),
    points: z.array(
      z.object({
        at: z.iso.datetime().meta({ description: 'start of the step, UTC' }),
        requests: z.int(),
        refusals: z.int(),
        cuts: z.int(),
        revisions: z.int(),
        unenforced: z.int(),
        labels: z.record(z.string(), z.int()),
      }),
    ),
  })
  .meta({ id: 'DecisionSummary' })
export type DecisionSummary = z.infer<typeof DecisionSummary>
