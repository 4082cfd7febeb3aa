import { z } from 'zod'

export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const
export type Level = (typeof LEVELS)[number]

/** What a level says of somebody, in nats. What is informational says nothing by itself: it is there for correlations. */
export const WEIGHTS: Readonly<Record<Level, number>> = {
  informational: 0,
  low: 1,
  medium: 2.5,
  high: 4.5,
  critical: 7,
}

/** Others call rules by it, and a signal's cause is `rule.<name>`. */
const Name = z.string().regex(/^[a-z][a-z0-9_]{0,79}$/)
const Text = z.string().max(5_000)

/** What Sigma says of every document, and what is our own: Sigma lets tools add attributes of theirs. */
const Common = z.strictObject({
  title: z.string().min(1).max(256),
  id: z.uuid(),
  name: Name,
  status: z.enum(['stable', 'test', 'experimental', 'deprecated', 'unsupported']),
  description: Text,
  author: Text.optional(),
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  modified: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .optional(),
  references: z.array(Text).max(50).optional(),
  related: z.array(z.object({ id: z.uuid(), type: z.string() })).optional(),
  license: Text.optional(),
  fields: z.array(Text).optional(),
  falsepositives: z.array(Text).max(50).optional(),
  tags: z
    .array(z.string().regex(/^[a-z0-9_-]+\.[a-z0-9._-]+$/))
    .max(50)
    .default([]),
  level: z.enum(LEVELS),
  safelevel: z
    .strictObject({
      says: z.string().min(1).max(300).optional().meta({
        description: 'in plain words, after "this person"; {count} and {bytes} stand for figures',
      }),
      certain: z.boolean().default(false).meta({ description: 'raised at once, whatever else is known' }),
      about: z.string().max(200).optional().meta({ description: 'the field with the person that it is about' }),
    })
    .default({ certain: false }),
})

export const RuleDocument = Common.extend({
  logsource: z.strictObject({
    category: z.string().optional(),
    product: z.string().optional(),
    service: z.string().optional(),
    definition: Text.optional(),
  }),
  detection: z.record(z.string().max(100), z.unknown()),
})
export type RuleDocument = z.infer<typeof RuleDocument>

/** Windows beyond that are for what remembers people, not for rules. */
const MAX_COUNT = 1_000
const Bound = z.int().positive().max(MAX_COUNT)

export const CorrelationDocument = Common.extend({
  correlation: z.strictObject({
    type: z.enum(['event_count', 'value_count', 'temporal', 'temporal_ordered']),
    rules: z.array(z.string()).min(1).max(20),
    'group-by': z.array(z.string().min(1).max(200)).min(1).max(5),
    timespan: z.string().regex(/^[1-9]\d{0,4}[smhd]$/),
    aliases: z.record(z.string(), z.record(z.string(), z.string().min(1).max(200))).default({}),
    generate: z.boolean().default(false),
    condition: z
      .strictObject({
        field: z.string().min(1).max(200).optional(),
        gte: Bound.optional(),
        gt: Bound.optional(),
        eq: Bound.optional(),
      })
      .optional(),
  }),
})
export type CorrelationDocument = z.infer<typeof CorrelationDocument>

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** @param timespan as the schema takes it */
export function timespanMs(timespan: string): number {
  return Number(timespan.slice(0, -1)) * (UNITS[timespan.slice(-1)] ?? 0)
}
