import { z } from 'zod'
import { Level, Step } from '../config.ts'

const When = z.iso.datetime()

export const CASE_STATES = ['queued', 'waiting', 'opened', 'closed'] as const
export const CaseState = z.enum(CASE_STATES).meta({
  id: 'InsiderCaseState',
  description: 'queued: beyond today’s budget; waiting: pseudonymous; opened: two people have learnt whom it is about',
})
export type CaseState = z.infer<typeof CaseState>

export const OUTCOMES = ['confirmed', 'benign', 'inconclusive'] as const
export const Outcome = z.enum([...OUTCOMES, 'drill']).meta({ id: 'InsiderOutcome' })
export type Outcome = z.infer<typeof Outcome>

export const CONTAINMENT_STATES = ['pending', 'done', 'held', 'released'] as const

/** One thing that was, or is to be, done to the person. */
export const Containment = z
  .object({
    number: z.int().positive(),
    step: Step,
    state: z.enum(CONTAINMENT_STATES).meta({
      description: 'held: too many people were contained in an hour, so nothing is done but by hand; released: undone',
    }),
    by: z.string().meta({ description: '`policy`, or the person who wanted it' }),
    wantedAt: When,
    doneAt: When.nullable(),
    attempts: z.int().nonnegative(),
    problem: z.string().nullable().meta({ description: 'code of the last failure; it is tried again' }),
    lock: z.string().nullable().meta({ description: 'the lock on weights, which two people lift' }),
    grants: z.int().nonnegative().nullable().meta({ description: 'how many grants ended' }),
  })
  .meta({ id: 'InsiderContainment' })
export type Containment = z.infer<typeof Containment>

export const HISTORY_STEPS = [
  'begun',
  'alert',
  'presented',
  'taken',
  'left',
  'read',
  'opened',
  'contained',
  'released',
  'closed',
  'erased',
] as const

/** A case as it is stored: who it is about stands apart, sealed. */
export const Case = z.object({
  id: z.string(),
  state: CaseState,
  pseudonym: z.string(),
  /** By which cases of the same person are found; null once the link is erased. */
  tag: z.string().nullable(),
  drill: z.boolean(),
  level: Level,
  risk: z.number(),
  alerts: z.int().positive(),
  causes: z.array(z.string()),
  startedAt: When,
  lastAlertAt: When,
  presentedAt: When.nullable(),
  assignee: z.string().nullable().meta({ description: 'who works on it' }),
  openedAt: When.nullable(),
  openedBy: z.array(z.string()),
  approval: z.string().nullable(),
  closedAt: When.nullable(),
  closedBy: z.string().nullable(),
  outcome: Outcome.nullable(),
  erasedAt: When.nullable(),
  containment: z.array(Containment),
  history: z.array(z.object({ at: When, step: z.enum(HISTORY_STEPS), by: z.string().nullable() })),
})
export type Case = z.infer<typeof Case>

/** An alert as it is stored: its reasons stand apart, sealed. */
export const Alert = z.object({
  id: z.string(),
  case: z.string(),
  /** Of the activity that raised it. */
  at: When,
  noticedAt: When,
  level: Level,
  risk: z.number(),
  causes: z.array(z.string()),
  drill: z.boolean(),
  withdrawn: z.boolean().meta({ description: 'an activity that came late has taken its ground away' }),
})
export type Alert = z.infer<typeof Alert>

/** Why. */
export const Reason = z.object({
  cause: z.string(),
  says: z.string(),
  weight: z.number(),
  timeMs: z.number(),
  activity: z.string(),
})
export type Reason = z.infer<typeof Reason>

/** An activity behind an alert: what it is stands on the ledger, or in what was imported. */
export const EvidenceRef = z.object({ activity: z.string(), timeMs: z.number(), cause: z.string() })
export type EvidenceRef = z.infer<typeof EvidenceRef>

/** As it is sealed beside the alert. */
export const Grounds = z.object({ reasons: z.array(Reason), evidence: z.array(EvidenceRef) })
export type Grounds = z.infer<typeof Grounds>

export const CaseView = Case.omit({ tag: true })
  .extend({
    person: z.string().nullable().meta({ description: 'null until two people have opened the case, and once erased' }),
  })
  .meta({ id: 'InsiderCase' })
export type CaseView = z.infer<typeof CaseView>

export const AlertView = Alert.extend({
  reasons: z.array(
    z.object({
      cause: z.string(),
      says: z.string().meta({ description: 'in plain words; nobody’s name' }),
      weight: z.number().meta({ description: 'nats' }),
      at: When.meta({ description: 'to the hour, until the case is opened' }),
    }),
  ),
}).meta({ id: 'InsiderAlert' })
export type AlertView = z.infer<typeof AlertView>

/** One thing that the case rests on. What would tell whom it is about is null until it is opened. */
export const Evidence = z
  .object({
    at: When.meta({ description: 'to the hour, until the case is opened' }),
    kind: z.string().nullable(),
    causes: z.array(z.string()),
    activity: z.string().nullable(),
    source: z.enum(['ledger', 'outside', 'erased']),
    position: z
      .int()
      .nonnegative()
      .nullable()
      .meta({ description: 'on the ledger; of an outside one, that of its import' }),
    bytes: z.number().nullable(),
    version: z.string().nullable(),
    host: z.string().nullable(),
    grant: z.string().nullable(),
  })
  .meta({ id: 'InsiderEvidence' })
export type Evidence = z.infer<typeof Evidence>

export const CaseRead = z
  .object({ case: CaseView, alerts: z.array(AlertView), timeline: z.array(Evidence) })
  .meta({ id: 'InsiderCaseRead' })
export type CaseRead = z.infer<typeof CaseRead>

/** What is asked for with `insider.open`. */
export const OpenRequest = z.strictObject({ case: z.string().max(100) }).meta({ id: 'InsiderOpenRequest' })
export type OpenRequest = z.infer<typeof OpenRequest>

export const NewClosing = z.strictObject({ outcome: z.enum(OUTCOMES) }).meta({ id: 'NewInsiderClosing' })
export type NewClosing = z.infer<typeof NewClosing>

export const NewAssignment = z
  .strictObject({ take: z.boolean().meta({ description: 'true: I work on it from now on; false: I don’t any more' }) })
  .meta({ id: 'NewInsiderAssignment' })
export type NewAssignment = z.infer<typeof NewAssignment>

export const NewContainment = z
  .strictObject({ steps: z.array(Step).min(1).max(3) })
  .meta({ id: 'NewInsiderContainment' })
export type NewContainment = z.infer<typeof NewContainment>
