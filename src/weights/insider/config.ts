import { z } from 'zod'
import { AppError } from '../../base/errors.ts'

/** What the programme does by itself to somebody whom an alert is about. */
export const STEPS = ['step_up', 'revoke_grants', 'lock'] as const
export const Step = z.enum(STEPS).meta({
  id: 'InsiderStep',
  description:
    'step_up: their sessions end, so that they touch their key anew; revoke_grants: their grants of weights end; lock: they open no weights',
})
export type Step = z.infer<typeof Step>

/** How grave an alert is: by its risk, or certain. */
export const LEVELS = ['medium', 'high', 'critical', 'certain'] as const
export const Level = z.enum(LEVELS).meta({ id: 'InsiderLevel' })
export type Level = z.infer<typeof Level>

const days = (by: number, most = 3_650) => z.int().min(1).max(most).default(by)

/** The key `weights.insider` of the configuration. */
export const InsiderConfig = z
  .strictObject({
    watch: z.boolean().default(true).meta({ description: 'whether the ledger is watched at all' }),
    alertsPerAnalyst: z.int().min(1).max(1_000).default(5).meta({
      description: 'new cases a day for each analyst; what is beyond waits, certain and critical ones never do',
    }),
    threshold: z.number().positive().optional().meta({
      description:
        'risk from which an alert is raised, in nats: from 1.4 times as much it is high, from twice critical',
    }),
    containment: z
      .strictObject({
        certain: z
          .array(Step)
          .max(3)
          .default([...STEPS]),
        critical: z
          .array(Step)
          .max(3)
          .default([...STEPS]),
        high: z.array(Step).max(3).default(['step_up']),
        medium: z.array(Step).max(3).default([]),
      })
      .prefault({})
      .meta({ description: 'what is done at once, by how grave the alert is' }),
    people: z
      .record(z.string().min(1).max(300), z.string().min(1).max(100))
      .default({})
      .meta({ description: 'names in other systems (`root`, `arn:aws:iam::…`), each with the id of the person here' }),
    mostContained: z
      .int()
      .min(1)
      .max(10_000)
      .default(5)
      .meta({ description: 'people an hour who are contained by policy; beyond that only alarms are raised' }),
    activityDays: days(180).meta({ description: 'for which imported activities and the reasons of alerts are kept' }),
    benignDays: days(30).meta({
      description: 'after which a case that was closed as benign no longer says whom it was about',
    }),
    caseDays: days(730).meta({ description: 'after which any closed case no longer says so' }),
  })
  .meta({ id: 'InsiderConfig' })
export type InsiderConfig = z.infer<typeof InsiderConfig>

/** Reads the key `weights.insider` of the configuration. @throws {AppError} CONFIG_INVALID naming each bad key */
export function parseInsiderConfig(raw: unknown): InsiderConfig {
  const parsed = InsiderConfig.safeParse(raw ?? {})
  if (!parsed.success) throw new AppError('CONFIG_INVALID', `weights.insider: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
