import { z } from 'zod'

const Days = z.int().min(1).max(3_650)

/** How reports are worked on: the times that are promised, and how findings are reproduced. */
export const TriageConfig = z.strictObject({
  triageDays: Days.default(10).meta({
    description: 'within which a report is confirmed or closed, counted from awareness',
  }),
  mitigationDays: z
    .strictObject({
      critical: Days.default(7),
      high: Days.default(30),
      medium: Days.default(90),
      low: Days.default(180),
    })
    .prefault({})
    .meta({ description: 'by severity, counted from awareness; what is only informational has no time' }),
  likeness: z.number().min(0.05).max(1).default(0.3).meta({
    description:
      'from which two reports are shown as alike: estimated share of their runs of five characters in common',
  }),
  concurrency: z.int().min(1).max(16).default(2).meta({ description: 'tries of one reproduction that run at once' }),
  tryTimeoutSeconds: z.int().min(1).max(900).default(120).meta({ description: 'that one try may take' }),
})
export type TriageConfig = z.infer<typeof TriageConfig>
