import { z } from 'zod'
import { AppError } from '../base/errors.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export const SEVERITIES = ['low', 'moderate', 'high', 'extreme'] as const
export const Severity = z.enum(SEVERITIES)
export type Severity = z.infer<typeof Severity>

const Share = z.number().min(0).max(1)
/** From which severity on a case is opened. */
const From = z.enum([...SEVERITIES, 'never'])
const Span = z.int().positive()
const perSeverity = <T extends z.ZodType>(value: T) =>
  z.strictObject({ low: value, moderate: value, high: value, extreme: value })

/** The key `review` of the configuration: what people get to see, in what time, and how much of it they bear. */
export const ReviewConfig = z
  .strictObject({
    open: z
      .strictObject({
        refused: From.default('low'),
        cut: From.default('low'),
        flagged: From.default('low'),
        allowedShare: Share.default(0.001).meta({ description: 'of what was let through without a flag' }),
      })
      .prefault({})
      .meta({ description: 'from which severity on a case is opened' }),
    mergeWindowMs: z
      .int()
      .min(0)
      .default(10 * MINUTE_MS)
      .meta({ description: 'like decisions on one end user become one case with a count; 0 = never' }),
    slaMs: perSeverity(Span)
      .default({ low: 7 * DAY_MS, moderate: DAY_MS, high: 8 * HOUR_MS, extreme: HOUR_MS })
      .meta({ description: 'from opening to the final decision' }),
    claimMs: z
      .int()
      .min(MINUTE_MS)
      .default(5 * MINUTE_MS)
      .meta({ description: 'without a heartbeat' }),
    claimMaxMs: z
      .int()
      .min(MINUTE_MS)
      .default(2 * HOUR_MS)
      .meta({ description: 'whatever the heartbeats say' }),
    claimsPerReader: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .meta({ description: 'cases that one person may have claimed at a time' }),
    secondReadShare: Share.default(0.1).meta({
      description: 'of cases below extreme; extreme ones all get a second reader',
    }),
    exposure: z
      .strictObject({
        itemsPerDay: z
          .int()
          .positive()
          .default(200)
          .meta({ description: 'texts and images that one person is shown a day' }),
        weightPerDay: z.number().positive().default(400).meta({ description: 'the same by weight' }),
        weights: perSeverity(z.number().min(0))
          .default({ low: 1, moderate: 2, high: 4, extreme: 8 })
          .meta({ description: 'of one item, by its severity' }),
        warnAt: Share.default(0.8).meta({ description: 'share of the budget from which the reader is warned' }),
        breakAfterItems: z.int().positive().default(40).meta({ description: 'items after which a break is owed' }),
        breakMs: Span.default(15 * MINUTE_MS).meta({ description: 'how long that is' }),
      })
      .prefault({}),
    restricted: z
      .strictObject({
        handoffMs: Span.default(DAY_MS).meta({ description: 'from the decision to the report being sent by a person' }),
      })
      .prefault({}),
  })
  .meta({ id: 'ReviewConfig' })
export type ReviewConfig = z.infer<typeof ReviewConfig>

/** Reads the key `review` of the configuration. @throws {AppError} CONFIG_INVALID naming each bad key */
export function parseReviewConfig(raw: unknown): ReviewConfig {
  const parsed = ReviewConfig.safeParse(raw)
  if (!parsed.success) throw new AppError('CONFIG_INVALID', `review: ${z.prettifyError(parsed.error)}`)
  if (parsed.data.claimMaxMs < parsed.data.claimMs) {
    throw new AppError('CONFIG_INVALID', 'review.claimMaxMs: is below claimMs')
  }
  return parsed.data
}
