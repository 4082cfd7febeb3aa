import { z } from 'zod'
import { LADDER } from '../../base/enforcement-config.ts'
import { Actor } from '../../ledger/index.ts'

const When = z.iso.datetime().meta({ description: 'UTC' })
const Id = z.string().min(1).max(100)

/** From the one person outwards. What is done to one level does not touch the level above it. */
export const SUBJECT_TYPES = ['end_user', 'key', 'project', 'organisation'] as const
export const SubjectType = z.enum(SUBJECT_TYPES).meta({ id: 'EnforcementSubjectType' })
export type SubjectType = z.infer<typeof SubjectType>

export const Subject = z.object({ type: SubjectType, id: Id }).meta({ id: 'EnforcementSubject' })
export type Subject = z.infer<typeof Subject>

export const Step = z.enum(LADDER).meta({ id: 'EnforcementStep' })
export type Step = z.infer<typeof Step>

export const SEVERITIES = ['low', 'moderate', 'high', 'extreme'] as const
export const StrikeSeverity = z.enum(SEVERITIES)
export type StrikeSeverity = z.infer<typeof StrikeSeverity>

/** Why an action was taken, as the customer is told: a category, never content. */
export const REASONS = [
  'policy_violation',
  'extreme_misuse',
  'scaled_abuse',
  'distillation',
  'evasion',
  'security',
  'legal',
  'other',
] as const
export const Reason = z.enum(REASONS)
export type Reason = z.infer<typeof Reason>

/** Where a request came from, from the inside out. */
const Origin = {
  endUserId: Id.nullable().meta({ description: '`eu_…`; null when the customer sends none' }),
  keyId: Id,
  projectId: Id,
  organisationId: Id,
}

export const Strike = z
  .object({
    id: Id,
    source: z.enum(['decision', 'pattern', 'person']),
    decisionId: Id.nullable(),
    patternId: Id.nullable(),
    ...Origin,
    severity: StrikeSeverity,
    label: z.string().nullable(),
    clause: z.string().nullable(),
    score: z.number().nullable(),
    weight: z.number().positive().meta({ description: 'points at first' }),
    immediate: z.boolean().meta({ description: 'grave and certain enough to suspend at once' }),
    at: When,
    expiresAt: When,
    by: Actor,
    undone: z.object({ at: When, authority: z.string() }).nullable(),
  })
  .meta({ id: 'Strike' })
export type Strike = z.infer<typeof Strike>

export const EnforcementAction = z
  .object({
    id: Id,
    subject: Subject,
    organisationId: Id.nullable().meta({ description: 'whose customer it is, where known' }),
    step: Step,
    source: z.enum(['automatic', 'person', 'operator']),
    by: Actor,
    reason: Reason,
    label: z.string().nullable(),
    clause: z.string().nullable(),
    decisionId: Id.nullable(),
    strikeId: Id.nullable().meta({ description: 'the strike that reached the threshold' }),
    points: z.number().nullable(),
    threshold: z.number().nullable(),
    startedAt: When,
    until: When.nullable().meta({ description: 'null = until it is lifted' }),
    throttleFactor: z.number().nullable(),
    models: z.array(z.string()).nullable().meta({ description: 'the only ones that stay open; null = all' }),
    note: z.string().nullable().meta({ description: 'for staff; stays off the ledger' }),
    ended: z
      .object({
        at: When,
        cause: z.enum(['expired', 'undone', 'lifted']),
        by: Actor,
        authority: z.string().nullable().meta({ description: 'the approval or appeal that ended it' }),
        forgives: z.boolean().meta({ description: 'strikes before this count no more for automatic steps' }),
      })
      .nullable(),
  })
  .meta({ id: 'EnforcementAction' })
export type EnforcementAction = z.infer<typeof EnforcementAction>

export const PATTERNS = [
  'refusal_burst',
  'category_probing',
  'identifier_rotation',
  'distillation',
  'slow_escalation',
] as const
export const PatternName = z.enum(PATTERNS).meta({ id: 'PatternName' })
export type PatternName = z.infer<typeof PatternName>

export const PatternFound = z
  .object({
    id: Id,
    pattern: PatternName,
    subject: Subject,
    ...Origin,
    at: When,
    decisionId: Id.meta({ description: 'the request with which it became visible' }),
    observed: z.record(z.string(), z.number()).meta({ description: 'the numbers that fired it' }),
    limits: z.record(z.string(), z.number()).meta({ description: 'what they are held against' }),
  })
  .meta({ id: 'PatternFound' })
export type PatternFound = z.infer<typeof PatternFound>

/** What a person (or, for halting, the operator) asks for. */
export const NewAction = z
  .strictObject({
    subject: Subject.strict(),
    step: Step,
    reason: Reason,
    until: z.iso.datetime({ offset: true }).nullable().default(null).meta({ description: 'null = until it is lifted' }),
    throttleFactor: z.number().gt(0).max(1).optional().meta({ description: 'with throttle or restrict' }),
    models: z.array(z.string().min(1).max(200)).min(1).max(100).optional().meta({ description: 'with restrict' }),
    decisionId: Id.optional().meta({ description: 'what it is about' }),
    note: z.string().trim().max(2_000).optional(),
  })
  .meta({ id: 'NewEnforcementAction' })
export type NewAction = z.input<typeof NewAction>

/** A strike that a person gives, for example at the end of a review. */
export const NewStrike = z
  .strictObject({
    decisionId: Id,
    ...Origin,
    severity: StrikeSeverity,
    label: z.string().max(100).nullable(),
    clause: z.string().max(100).nullable(),
  })
  .meta({ id: 'NewStrike' })
export type NewStrike = z.infer<typeof NewStrike>

const RANKS: Readonly<Record<string, number>> = { warn: 1, throttle: 2, restrict: 3, suspend: 4, ban: 5 }

/** 0 = none, 1 = warn … 5 = ban. */
export function rankOf(step: Step | 'none'): number {
  return RANKS[step] ?? 0
}
