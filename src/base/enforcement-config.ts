import { z } from 'zod'

/** The ladder, mildest first. */
export const LADDER = ['warn', 'throttle', 'restrict', 'suspend', 'ban'] as const
const AutomaticStep = z.enum(['none', ...LADDER])
const Severity = z.enum(['low', 'moderate', 'high', 'extreme'])
const Points = z.number().positive().max(1_000_000)
const Share = z.number().min(0).max(1)
const Days = z.number().positive().max(3_650)
const Count = z.int().positive().max(1_000_000_000)
const PatternStrike = z.enum(['none', 'low', 'moderate', 'high', 'extreme'])

const Thresholds = z
  .strictObject({
    warn: Points.default(2),
    throttle: Points.default(4),
    restrict: Points.default(6),
    suspend: Points.default(10),
    ban: Points.default(20),
  })
  .refine(({ warn, throttle, restrict, suspend, ban }) => {
    const steps = [warn, throttle, restrict, suspend, ban]
    return steps.every((points, i) => i === 0 || points >= (steps[i - 1] ?? 0))
  }, 'each step needs at least as many points as the one below it')

/** How misuse is answered. Every figure is in points, days or shares; docs/guide/enforcement.md explains them by examples. */
export const EnforcementConfig = z
  .strictObject({
    automatic: z
      .boolean()
      .default(true)
      .meta({ description: 'whether steps are taken without a person; strikes are recorded either way' }),
    weights: z
      .strictObject({
        low: Points.default(0.5),
        moderate: Points.default(1),
        high: Points.default(3),
        extreme: Points.default(10),
      })
      .prefault({})
      .meta({ description: 'points of a strike by the severity of the clause' }),
    expiryDays: z
      .strictObject({
        low: Days.default(7),
        moderate: Days.default(30),
        high: Days.default(90),
        extreme: Days.default(365),
      })
      .prefault({})
      .meta({ description: 'a strike counts whole for half of this time, then less and less, and at its end nothing' }),
    settleSeconds: z
      .number()
      .min(0)
      .max(86_400)
      .default(60)
      .meta({ description: 'strikes on one subject under one clause within this time count once, the heaviest' }),
    shares: z
      .strictObject({ key: Share.default(0.1), project: Share.default(0.25), organisation: Share.default(0.25) })
      .prefault({})
      .meta({ description: 'part of the points below that counts one level up' }),
    childCap: Points.default(10).meta({
      description: 'most points of one end user, key or project that are passed up',
    }),
    thresholds: Thresholds.prefault({}).meta({ description: 'points from which a step is taken' }),
    automaticUpTo: z
      .strictObject({
        endUser: AutomaticStep.default('suspend'),
        key: AutomaticStep.default('restrict'),
        project: AutomaticStep.default('throttle'),
        organisation: AutomaticStep.default('warn'),
      })
      .prefault({})
      .meta({ description: 'gravest step that is taken without a person' }),
    durationDays: z
      .strictObject({ warn: Days.default(30), throttle: Days.default(1), restrict: Days.default(7) })
      .prefault({})
      .meta({ description: 'how long an automatic step lasts; suspensions and bans last until they are lifted' }),
    throttleFactor: z
      .number()
      .gt(0)
      .max(1)
      .default(0.1)
      .meta({ description: 'part of the project’s rate limits that a throttled subject keeps' }),
    restrictModels: z
      .array(z.string().min(1))
      .default([])
      .meta({ description: 'models that stay open to a restricted subject; all when empty' }),
    immediate: z
      .strictObject({
        severity: z
          .enum(['none', ...Severity.options])
          .default('extreme')
          .meta({
            description:
              'a refusal at least this grave suspends the end user (or the key) at once; `none` switches it off',
          }),
        score: z.number().gt(0).max(1).default(0.98).meta({ description: '… where it is at least this certain' }),
        completions: z
          .boolean()
          .default(false)
          .meta({ description: 'also for what the model answered, which its user may not have asked for' }),
      })
      .prefault({})
      .meta({ description: 'one decision this grave and this certain suspends the end user (or key) at once' }),
    patterns: z
      .strictObject({
        maxSubjects: z
          .int()
          .min(100)
          .max(1_000_000)
          .default(20_000)
          .meta({ description: 'end users and keys that are watched at a time; the longest unused are let go' }),
        refusalBurst: z
          .strictObject({ refusals: Count.default(10), share: Share.default(0.5) })
          .prefault({})
          .meta({ description: 'refusals within 10 minutes, and the share of the requests that they are' }),
        categoryProbing: z
          .strictObject({ categories: z.int().min(2).max(21).default(5) })
          .prefault({})
          .meta({ description: 'different labels that one subject was refused or flagged for within an hour' }),
        identifierRotation: z
          .strictObject({ endUsers: Count.default(200), refusalShare: Share.default(0.1) })
          .prefault({})
          .meta({
            description:
              'different end users of one key within an hour who send hardly more than a request each, and the share refused',
          }),
        distillation: z
          .strictObject({
            requests: Count.default(2_000),
            outputTokens: Count.default(2_000_000),
            templateShare: Share.default(0.6),
            lengthVariation: z.number().positive().max(10).default(0.35),
          })
          .prefault({})
          .meta({
            description:
              'of one key within a day: requests, their output, the share that begins alike, how far lengths vary around their mean',
          }),
        slowEscalation: z
          .strictObject({ allowance: Share.default(0.12), limit: z.number().positive().default(1.5) })
          .prefault({})
          .meta({
            description: 'score that adds nothing to the sum of what creeps upwards; sum from which it is told',
          }),
        strike: PatternStrike.default('none').meta({ description: 'severity of the strike for a pattern found' }),
      })
      .prefault({}),
    linkAddresses: z
      .boolean()
      .default(false)
      .meta({ description: 'whether keyed digests of client addresses are kept, in memory, to show linked accounts' }),
  })
  .refine(({ shares, childCap, thresholds }) => shares.key * childCap < thresholds.warn, {
    path: ['childCap'],
    message: 'childCap × shares.key must stay below thresholds.warn, or one end user alone moves the whole key',
  })
export type EnforcementConfig = z.infer<typeof EnforcementConfig>
