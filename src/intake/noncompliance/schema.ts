import { z } from 'zod'

/** Who may be chosen to receive a concern: roles, so that nobody needs to know who holds them. */
export const RECIPIENTS = ['rso', 'ceo', 'ciso', 'board', 'auditor'] as const
/** Those who don't answer to the Responsible Scaling Officer: one of them hears of every concern. */
export const OUTSIDE = ['board', 'auditor'] as const satisfies readonly Recipient[]

export const Recipient = z.enum(RECIPIENTS).meta({ id: 'ConcernRecipient' })
export type Recipient = z.infer<typeof Recipient>

export const TOPICS = ['evaluation', 'deployment', 'training', 'weights', 'disclosure', 'retaliation', 'other'] as const
export const Topic = z.enum(TOPICS).meta({ id: 'ConcernTopic' })
export type Topic = z.infer<typeof Topic>

const MAX_WORDS = 20_000
/** What people write: line breaks and tabs, no other control characters, no half characters. */
export const Words = z
  .string()
  .trim()
  .min(1, 'say what happened')
  .max(MAX_WORDS)
  .refine((text) => text.isWellFormed() && !/[^\P{Cc}\n\t]/u.test(text), 'no control characters')

export const NewConcern = z
  .strictObject({
    topic: Topic,
    story: Words,
    recipients: z.array(Recipient).min(1).max(RECIPIENTS.length),
    about: z
      .array(Recipient)
      .max(RECIPIENTS.length)
      .default([])
      .meta({ description: 'whose holder it is about: they never see it, nor does whoever holds the role later' }),
    name: Words.max(200).nullable().default(null).meta({ description: 'null = anonymous' }),
  })
  .meta({ id: 'NewConcern' })
export type NewConcern = z.input<typeof NewConcern>

export const CONCERN_STATES = ['open', 'investigating', 'closing', 'closed'] as const
export const ConcernState = z.enum(CONCERN_STATES).meta({ id: 'ConcernState' })
export const Outcome = z.enum(['substantiated', 'partly', 'unsubstantiated', 'cannot_be_settled'])
export type Outcome = z.infer<typeof Outcome>

export const CorrectiveAction = z
  .object({
    number: z.int().positive(),
    owner: z.string().meta({ description: 'the person who sees to it' }),
    dueOn: z.iso.date(),
    doneAt: z.iso.datetime().nullable(),
    doneBy: z.string().nullable(),
  })
  .meta({ id: 'CorrectiveAction' })
export type CorrectiveAction = z.infer<typeof CorrectiveAction>

const Step = z.object({
  step: z.enum([
    'filed',
    'taken',
    'answered',
    'written',
    'material',
    'action_set',
    'action_done',
    'proposed',
    'closed',
    'sent_back',
    'reopened',
  ]),
  at: z.iso.datetime(),
  by: z.string().nullable().meta({ description: 'null = whoever filed it' }),
  event: z.string().meta({ description: 'the sealed event on the ledger' }),
})
export type Step = z.infer<typeof Step>

/** A report of noncompliance by staff, without its words. */
export const Concern = z
  .object({
    id: z.string(),
    topic: Topic,
    recipients: z.array(Recipient),
    about: z.object({
      roles: z.array(Recipient),
      people: z.array(z.string()).meta({ description: 'who held them when it was filed' }),
    }),
    anonymous: z.boolean(),
    lookup: z.string().meta({ description: 'SHA-256 of the receipt code, hex' }),
    state: ConcernState,
    material: z.boolean().meta({ description: 'a material risk: the board was told (RSP 1.0 PC7; 2.2 7.1.1(6))' }),
    outcome: Outcome.nullable(),
    handler: z.string().nullable(),
    proposedBy: z.string().nullable(),
    closedBy: z.array(z.string()),
    actions: z.array(CorrectiveAction),
    messages: z.int().nonnegative(),
    unreadBy: z.enum(['reporter', 'staff']).nullable(),
    filedAt: z.iso.datetime(),
    answeredAt: z.iso.datetime().nullable(),
    closedAt: z.iso.datetime().nullable(),
    history: z.array(Step),
  })
  .meta({ id: 'Concern' })
export type Concern = z.infer<typeof Concern>

export const Message = z
  .object({ number: z.int().positive(), from: z.enum(['reporter', 'staff']), at: z.iso.datetime(), text: z.string() })
  .meta({ id: 'ConcernMessage' })
export type Message = z.infer<typeof Message>

/** What staff see of a concern: not by what it is found. */
export const ConcernView = Concern.omit({ lookup: true })
  .extend({ mayAct: z.boolean(), overdue: z.int().meta({ description: 'corrective actions past their day' }) })
  .meta({ id: 'ConcernView' })
export type ConcernView = z.infer<typeof ConcernView>

/** A concern with its words. */
export const ConcernWithWords = z
  .object({
    concern: ConcernView,
    story: z.string(),
    name: z.string().nullable(),
    messages: z.array(Message),
    actions: z.array(z.object({ number: z.int(), words: z.string() })),
    conclusion: z.string().nullable(),
  })
  .meta({ id: 'ConcernWithWords' })
export type ConcernWithWords = z.infer<typeof ConcernWithWords>

export const NewAction = z
  .strictObject({ words: Words.max(2_000), owner: z.string().max(100), dueOn: z.iso.date() })
  .meta({ id: 'NewCorrectiveAction' })
export type NewAction = z.input<typeof NewAction>

export const Proposal = z
  .strictObject({ outcome: Outcome, conclusion: Words.max(5_000) })
  .meta({ id: 'ConcernClosing' })
export type Proposal = z.input<typeof Proposal>

const Count = z.int().nonnegative()
/** What a board reads each quarter: of everything that its reader may see, and nothing else. */
export const Digest = z
  .object({
    format: z.literal('safelevel-noncompliance-digest/v1'),
    quarter: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    complete: z.boolean().meta({ description: 'false while the quarter runs' }),
    received: z.object({ total: Count, anonymous: Count, byTopic: z.record(Topic, Count), aboutOfficers: Count }),
    closed: z.object({ total: Count, byOutcome: z.record(Outcome, Count), medianDays: z.number().nullable() }),
    open: z.object({ total: Count, olderThan90Days: Count, material: Count, unanswered: Count }),
    actions: z.object({ set: Count, done: Count, open: Count, overdue: Count }),
    firstAnswer: z.object({ medianDays: z.number().nullable() }),
  })
  .meta({ id: 'NoncomplianceDigest' })
export type Digest = z.infer<typeof Digest>
