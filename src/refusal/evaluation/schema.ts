import { z } from 'zod'

/** `format` of report.json, of every line of rows.jsonl, and of what `refusal compare` writes. */
export const EVALUATION_FORMAT = 'safelevel-refusal-evaluation-1'
export const ROW_FORMAT = 'safelevel-refusal-row-1'
export const COMPARISON_FORMAT = 'safelevel-refusal-comparison-1'

/**
 * `harmful`: what ought to be refused. `lookalike`: harmless, but it looks like harm. `everyday`: plainly harmless.
 * Attack success is counted on the first, over-refusal on the other two.
 */
export const ITEM_KINDS = ['harmful', 'lookalike', 'everyday'] as const
export const ItemKind = z.enum(ITEM_KINDS)
export type ItemKind = z.infer<typeof ItemKind>

/**
 * What an answer is. `partial`: it refuses and helps, or helps a little. `unclear`: neither; it is empty, incoherent, off the topic or
 * repeats the question, so it is of no use to an attacker and no refusal either. Nothing judged = null, never one of these.
 */
export const VERDICTS = ['complied', 'refused', 'partial', 'unclear'] as const
export const AnswerVerdict = z.enum(VERDICTS)
export type AnswerVerdict = z.infer<typeof AnswerVerdict>

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const Share = z.number().min(0).max(1)
const Count = z.int().min(0).max(10_000_000)
const When = z.iso.datetime()
const Name = z.string().min(1).max(200)

/** `[low, high]`, 95 %. */
export const Interval = z.tuple([z.number(), z.number()])
export type Interval = z.infer<typeof Interval>

/** A share of answers. What nobody could judge, or judged `partial`, is in neither `count` nor its opposite: it widens the interval both ways. */
export const Rate = z
  .strictObject({
    count: Count.meta({ description: 'answers of which it is true' }),
    of: Count.meta({ description: 'answers that were judged' }),
    unknown: Count.meta({ description: 'answers of which nobody knows: partial, unjudged, errors' }),
    rate: Share.nullable().meta({ description: 'count / of; null = nothing judged' }),
    interval: Interval.nullable().meta({
      description: 'Wilson, at the effective sample size; from none of the unknown to all of them',
    }),
    bounds: Interval.nullable().meta({
      description: 'count / all and (count + unknown) / all, without sampling error',
    }),
    effective: z.number().min(0).nullable().meta({ description: 'answers divided by the design effect of clusters' }),
  })
  .meta({ id: 'RefusalRate' })
export type Rate = z.infer<typeof Rate>

export const Tally = z
  .strictObject({
    items: Count,
    clusters: Count,
    answers: Count.meta({ description: 'items × draws: the sum of all that follows' }),
    complied: Count,
    refused: Count,
    partial: Count,
    unclear: Count,
    unjudged: Count.meta({ description: 'answered, but the grader failed or gave no judgement' }),
    errors: Count.meta({ description: 'never answered' }),
  })
  .meta({ id: 'RefusalTally' })
export type Tally = z.infer<typeof Tally>

export const CategoryFigures = z.strictObject({
  kind: ItemKind,
  category: z.string().max(200),
  ...Tally.shape,
  rate: Rate.meta({ description: 'attack success of harmful items, over-refusal of others' }),
})
export type CategoryFigures = z.infer<typeof CategoryFigures>

/** Mean of scores 0 … 1 (how far an answer helps, refusals count 0), with its clustered interval. */
const Mean = z.strictObject({ mean: Share, of: Count, interval: Interval.nullable() })

export const SideFigures = z.strictObject({
  ...Tally.shape,
  rate: Rate,
  score: Mean.nullable().meta({ description: 'how far it helped; null where the grader gives no scores' }),
})
export type SideFigures = z.infer<typeof SideFigures>

export const SuiteFigures = z
  .strictObject({
    suite: Name,
    digest: Sha256.meta({ description: 'SHA-256 of the file' }),
    frozenAt: When.nullable().meta({
      description: 'since when its digest stands in frozen.json; null = it may still change',
    }),
    items: Count,
    harmful: SideFigures.nullable().meta({ description: 'attack success; null = it has no harmful items' }),
    harmless: SideFigures.nullable().meta({ description: 'over-refusal; null = it has no harmless items' }),
    categories: z.array(CategoryFigures).max(1_000),
  })
  .meta({ id: 'RefusalSuiteFigures' })
export type SuiteFigures = z.infer<typeof SuiteFigures>

export const AskedModelView = z.strictObject({
  name: Name,
  upstreamModel: Name,
  server: z.string().max(500),
  api: z.string().max(50),
  isSandbox: z.boolean().meta({ description: 'a fixture: its figures are never a model’s' }),
})

export const GraderView = z
  .strictObject({
    id: z.string().max(300).meta({ description: 'name@digest of weights, rules or prompt' }),
    kind: z.enum(['built-in', 'judge']),
    model: AskedModelView.nullable().meta({ description: 'who judged, where that was a model' }),
  })
  .meta({ id: 'RefusalGrader' })
export type GraderView = z.infer<typeof GraderView>

export const Spending = z.strictObject({
  requests: Count,
  inputTokens: z.number().min(0),
  outputTokens: z.number().min(0),
  dollars: z.number().min(0).nullable(),
})

/**
 * The evaluation of one model: `report.json`.
 *
 * It shows that refusal was evaluated and passed only as `evidenceGaps` says: a checkpoint is named, the model is not the sandbox, nothing was
 * left unasked, every suite was frozen before it was asked, there are enough items of both sides, it is not too old, and the *upper* bounds of
 * `attackSuccess.interval` and `overRefusal.interval` are at or below the limits.
 */
export const EvaluationReport = z
  .strictObject({
    format: z.literal(EVALUATION_FORMAT),
    safelevel: z.string().max(50),
    model: AskedModelView,
    checkpoint: z.string().max(200).nullable().meta({ description: 'of the registry: what the figures are of' }),
    beganAt: When,
    endedAt: When,
    complete: z.boolean().meta({ description: 'every question was asked, whether or not it was answered' }),
    seed: z.int(),
    draws: z.int().min(1).max(100),
    asking: z.strictObject({
      system: Sha256.nullable().meta({ description: 'SHA-256 of the system prompt' }),
      maxTokens: z.int(),
      temperature: z.number().nullable(),
      topP: z.number().nullable(),
    }),
    grader: GraderView,
    suites: z.array(SuiteFigures).min(1).max(50),
    attackSuccess: Rate.nullable().meta({ description: 'over all harmful items of all suites' }),
    overRefusal: Rate.nullable().meta({ description: 'over all harmless items of all suites' }),
    rows: z
      .strictObject({ digest: Sha256, count: Count, sizeBytes: z.int().min(0) })
      .meta({ description: 'of rows.jsonl' }),
    spent: Spending.meta({ description: 'by the model and, where one judges, by the judge' }),
  })
  .meta({ id: 'RefusalEvaluation' })
export type EvaluationReport = z.infer<typeof EvaluationReport>

const MAX_TEXT = 262_144

/** One answer and what became of it: a line of `rows.jsonl`. Holds what was asked and said, so the file is for few eyes. */
export const EvaluationRow = z
  .strictObject({
    format: z.literal(ROW_FORMAT),
    suite: Name,
    item: Name,
    cluster: Name,
    kind: ItemKind,
    category: z.string().max(200).nullable(),
    draw: z.int().min(0),
    turns: z
      .array(z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string().max(MAX_TEXT) }))
      .max(200)
      .meta({ description: 'the conversation: the last turn is the judged answer, unless it failed' }),
    end: z.enum(['stop', 'length', 'refusal']).nullable(),
    verdict: AnswerVerdict.nullable().meta({ description: 'null = nobody judged it' }),
    why: z.string().max(300).nullable().meta({ description: 'what the verdict rests on; or why there is none' }),
    score: Share.nullable().meta({ description: 'how far the answer helps: refused 0, else from the two that follow' }),
    convincing: z.int().min(1).max(5).nullable(),
    specific: z.int().min(1).max(5).nullable(),
    harm: z.strictObject({ label: z.string().max(100), score: Share }).nullable(),
    error: z.string().max(100).nullable().meta({ description: 'the code of what went wrong while asking' }),
  })
  .meta({ id: 'RefusalEvaluationRow' })
export type EvaluationRow = z.infer<typeof EvaluationRow>

export const COMPARISON_VERDICTS = ['not-degraded', 'degraded', 'improved', 'too-few'] as const
export const ComparisonVerdict = z.enum(COMPARISON_VERDICTS)
export type ComparisonVerdict = z.infer<typeof ComparisonVerdict>

/** One measure of one suite, the same items asked of both models. A positive difference is worse. */
export const PairedFigures = z.strictObject({
  suite: Name,
  measure: z.enum(['attack-success', 'over-refusal']),
  items: Count,
  clusters: Count,
  unknown: Count.meta({
    description: 'items that one of the two has no verdict on: they widen the interval both ways',
  }),
  base: Share.nullable(),
  tuned: Share.nullable(),
  difference: z.number().nullable().meta({ description: 'tuned − base' }),
  interval: Interval.nullable().meta({ description: '95 %, paired bootstrap of clusters' }),
  onlyBase: Count.meta({ description: 'items on which base alone did it (by the most of its draws)' }),
  onlyTuned: Count,
  mcnemar: Share.meta({ description: 'two-sided exact p of those two' }),
  p: Share.meta({
    description: 'two-sided, by turning the signs of clusters; McNemar’s where every cluster is one pair',
  }),
  holm: Share.meta({ description: 'p, corrected for all measures of the comparison' }),
  margin: Share,
  verdict: ComparisonVerdict,
  needed: Count.nullable().meta({ description: 'about how many items would tell, where there were too few' }),
})
export type PairedFigures = z.infer<typeof PairedFigures>

/** What `refusal compare` finds. */
export const Comparison = z
  .strictObject({
    format: z.literal(COMPARISON_FORMAT),
    safelevel: z.string().max(50),
    comparedAt: When,
    seed: z.int(),
    base: z.strictObject({ model: AskedModelView, checkpoint: z.string().nullable(), report: Sha256 }),
    tuned: z.strictObject({ model: AskedModelView, checkpoint: z.string().nullable(), report: Sha256 }),
    grader: z.string().max(300),
    measures: z.array(PairedFigures).min(1).max(100),
    categories: z
      .array(
        z.strictObject({
          suite: Name,
          kind: ItemKind,
          category: z.string(),
          items: Count,
          base: Share.nullable(),
          tuned: Share.nullable(),
          difference: z.number().nullable(),
          interval: Interval.nullable(),
        }),
      )
      .max(1_000),
    verdict: ComparisonVerdict,
  })
  .meta({ id: 'RefusalComparison' })
export type Comparison = z.infer<typeof Comparison>
