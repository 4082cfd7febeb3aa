import { z } from 'zod'

export const REPORT_FORMAT = 'safelevel.constitution-report/1'

const Share = z.number().min(0).max(1)
const Count = z.int().nonnegative()
export const CheckedRate = z.strictObject({
  count: Count,
  of: Count,
  unknown: Count.meta({ description: 'of which nobody knows: they are in neither, and widen the interval both ways' }),
  rate: Share.nullable(),
  interval: z.tuple([Share, Share]).nullable().meta({ description: 'Wilson, 95 %' }),
})
export type CheckedRate = z.infer<typeof CheckedRate>

const Stage = z.strictObject({
  stage: z.string(),
  harmful: CheckedRate,
  refused: CheckedRate,
  medianWords: z.number().nullable(),
})

/** What the checks over the whole set say: `report.json`. */
export const DatasetReport = z
  .strictObject({
    format: z.literal(REPORT_FORMAT),
    records: z.string().meta({ description: 'digest of the records that it speaks of' }),
    isSandbox: z.boolean(),
    warnings: z.array(z.string()),
    openings: z.strictObject({
      answers: Count,
      distinct: Count,
      entropyBits: z.number().nullable().meta({ description: 'Shannon’s' }),
      evenness: z.number().nullable().meta({ description: 'entropy by what as many answers could have at most' }),
      topShare: Share.nullable(),
      top: z.array(z.strictObject({ opening: z.string(), count: Count, share: Share })),
    }),
    stages: z
      .array(Stage)
      .meta({ description: 'answers to harmful prompts: the first, and those after each revision' }),
    helpful: z.strictObject({ overRefusal: CheckedRate, medianWords: z.number().nullable() }),
    critiques: z.strictObject({ pointless: CheckedRate }),
    labels: z.strictObject({
      judged: Count,
      unjudged: Count,
      secondPreferred: CheckedRate.meta({ description: 'of harmful prompts’ pairs that were decided' }),
      ordersAgree: CheckedRate.meta({ description: 'of judgements with a verdict in both orders' }),
      firstPlaceChosen: CheckedRate.meta({ description: 'of all verdicts: one half where the place has no pull' }),
      histogram: z.array(Count).meta({ description: 'raw labels in ten equal bins' }),
    }),
    words: z.strictObject({ histogram: z.array(z.strictObject({ from: Count, initial: Count, final: Count })) }),
    principles: z.array(z.strictObject({ principle: z.string(), revised: Count, judged: Count })),
    duplicates: z.strictObject({ prompts: Count, answers: Count }),
    spotChecks: z.strictObject({
      drawn: Count,
      judged: Count,
      upheld: Count,
      rejected: Count,
      agreement: CheckedRate.nullable().meta({
        description: 'share that people found sound; null = nobody looked yet',
      }),
    }),
  })
  .meta({ id: 'ConstitutionReport' })
export type DatasetReport = z.infer<typeof DatasetReport>
