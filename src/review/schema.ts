import { z } from 'zod'
import { LABELS } from '../screening/index.ts'
import { Severity } from './config.ts'

const When = z.iso.datetime()

/** What the case is about: what the machine did, or who brought it up. */
export const BASES = ['refused', 'cut', 'flagged', 'allowed', 'pattern', 'report', 'dataset'] as const
export const Basis = z.enum(BASES)
export type Basis = z.infer<typeof Basis>

/** Whose desk it lies on: everybody's, a lead's, or the few who may see suspected child sexual abuse material. */
export const DESKS = ['ordinary', 'lead', 'restricted'] as const
export const Desk = z.enum(DESKS)
export type Desk = z.infer<typeof Desk>

export const STATES = ['waiting', 'second_reading', 'adjudication', 'escalated', 'decided'] as const
export const CaseState = z.enum(STATES).meta({ id: 'ReviewCaseState' })
export type CaseState = z.infer<typeof CaseState>

export const STAGES = ['first', 'second', 'adjudication', 'escalation'] as const
export const Stage = z.enum(STAGES)
export type Stage = z.infer<typeof Stage>

export const Verdict = z.enum(['uphold', 'overturn', 'escalate', 'not_sure'])
export type Verdict = z.infer<typeof Verdict>

/** What a case comes to. */
export const Outcome = z.enum(['uphold', 'overturn'])
export type Outcome = z.infer<typeof Outcome>

export const Label = z.enum(LABELS)
export const LabelJudgement = z.enum(['present', 'absent', 'unsure'])
export const LabelJudgements = z
  .partialRecord(Label, LabelJudgement)
  .meta({ description: 'what the reader saw, label by label; a label that is left out was not judged' })
export type LabelJudgements = z.infer<typeof LabelJudgements>

/** What a reader would have done about it; people or the room that enforces decide. */
export const Proposal = z.strictObject({
  effect: z.enum(['strike', 'restrict']),
  severity: Severity,
})
export type Proposal = z.infer<typeof Proposal>

export const ReadingInput = z
  .strictObject({
    claim: z.string().max(100).meta({ description: 'the claim under which the case was read' }),
    verdict: Verdict.meta({ description: 'whether the machine was right; `escalate` and `not_sure` pass the case on' }),
    labels: LabelJudgements.default({}),
    note: z.string().max(4_000).default('').meta({ description: 'for colleagues; stays off the ledger' }),
    proposal: Proposal.optional().meta({ description: 'with `uphold` only' }),
  })
  .refine(({ verdict, proposal }) => proposal === undefined || verdict === 'uphold', {
    path: ['proposal'],
    message: 'stands only beside `uphold`',
  })
  .meta({ id: 'ReviewReadingInput' })
export type ReadingInput = z.infer<typeof ReadingInput>

/** What one person made of a case. */
export const Reading = z
  .object({
    reader: z.string(),
    stage: Stage,
    verdict: Verdict,
    labels: LabelJudgements,
    note: z.string(),
    proposal: Proposal.nullable(),
    claimedAt: When,
    decidedAt: When,
  })
  .meta({ id: 'ReviewReading' })
export type Reading = z.infer<typeof Reading>

export const Claim = z
  .object({
    id: z.string(),
    by: z.string(),
    at: When,
    expiresAt: When.meta({ description: 'unless a heartbeat comes before' }),
    expired: z.boolean().meta({ description: 'somebody else may take the case' }),
  })
  .meta({ id: 'ReviewClaim' })
export type Claim = z.infer<typeof Claim>

/** A case as it stands in lists. Nothing of what was said is in it. */
export const CaseView = z
  .object({
    id: z.string(),
    basis: Basis,
    queue: z.string(),
    desk: Desk,
    state: CaseState,
    severity: Severity,
    label: z.string().nullable(),
    clause: z.string().nullable(),
    side: z.enum(['prompt', 'completion']).nullable(),
    score: z.number().nullable(),
    threshold: z.number().nullable(),
    organisation: z.string().nullable(),
    project: z.string().nullable(),
    key: z.string().nullable(),
    endUser: z.string().nullable(),
    model: z.string().nullable(),
    policyVersion: z.string().nullable(),
    items: z.int().positive().meta({ description: 'decisions that this case stands for' }),
    openedAt: When,
    lastAt: When.meta({ description: 'of the latest decision in it' }),
    dueAt: When.meta({ description: 'by which it must be decided' }),
    overdue: z.boolean(),
    claim: Claim.nullable(),
    outcome: Outcome.nullable(),
    decidedAt: When.nullable(),
    handoff: z.enum(['owed', 'drafted', 'sent']).nullable().meta({ description: 'of the report to the authority' }),
  })
  .meta({ id: 'ReviewCase' })
export type CaseView = z.infer<typeof CaseView>

/** One case with what its viewer may know of it. */
export const CaseDetail = CaseView.extend({
  decisions: z.array(z.string()).meta({ description: 'ids of its decisions, the first 200' }),
  record: z.object({ dataset: z.string(), position: z.int().nonnegative() }).nullable().meta({
    description: 'of a dataset of the constitution, that somebody is to look at; its words are revealed there',
  }),
  readings: z.array(Reading).meta({ description: 'those that the viewer may know: nobody reads what would sway them' }),
}).meta({ id: 'ReviewCaseDetail' })
export type CaseDetail = z.infer<typeof CaseDetail>

export const QueueView = z
  .object({
    queue: z.string(),
    desk: Desk,
    open: z.int().nonnegative(),
    waiting: z.int().nonnegative(),
    secondReading: z.int().nonnegative(),
    adjudication: z.int().nonnegative(),
    escalated: z.int().nonnegative(),
    overdue: z.int().nonnegative(),
    oldestAt: When.nullable(),
  })
  .meta({ id: 'ReviewQueue' })
export type QueueView = z.infer<typeof QueueView>

export const CaseQuery = z.object({
  queue: z.string().max(200).optional(),
  state: z.enum([...STATES, 'open']).default('open'),
  severity: Severity.optional(),
  organisation: z.string().max(100).optional(),
  key: z.string().max(100).optional(),
  endUser: z.string().max(100).optional(),
  decision: z.string().max(100).optional().meta({ description: 'cases that hold this decision' }),
  claimedBy: z.string().max(100).optional(),
  cursor: z.string().max(200).optional().meta({ description: 'the `next` of the page before' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type CaseQuery = z.infer<typeof CaseQuery>

export const CasePage = z
  .object({ items: z.array(CaseView), next: z.string().nullable() })
  .meta({ id: 'ReviewCasePage' })
export type CasePage = z.infer<typeof CasePage>
