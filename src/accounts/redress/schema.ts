import { z } from 'zod'

const When = z.iso.datetime()
const Id = z.string().min(1).max(100)

/** Words that people write: no control characters but line breaks and tabs. */
export const Words = (maxChars: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxChars)
    .refine(
      (text) => text.isWellFormed() && !/[\p{Cc}\p{Cs}]/u.test(text.replace(/[\n\r\t]/g, '')),
      'no control characters',
    )

export const ClauseId = z.string().regex(/^\d{1,3}(\.\d{1,3}){1,3}$/, 'a clause, such as 2.1')

/** Whose traffic it is about. An end user is known within one organisation. */
export const ExemptionScope = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('project'), id: Id }),
    z.strictObject({ type: z.literal('key'), id: Id }),
    z.strictObject({
      type: z.literal('end_user'),
      id: z.string().regex(/^eu_[0-9a-f]{32}$/),
      projectId: Id.meta({ description: 'only in this project' }),
    }),
  ])
  .meta({ id: 'ExemptionScope' })
export type ExemptionScope = z.infer<typeof ExemptionScope>

/** What two people agree to. */
export const ExemptionRequest = z
  .strictObject({
    scope: ExemptionScope,
    clauses: z
      .array(ClauseId)
      .min(1)
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, 'each clause once'),
    reason: Words(2_000).meta({ description: 'why it is needed' }),
    riskNote: Words(2_000).meta({ description: 'what could go wrong, and what guards against it' }),
    days: z.int().min(1).max(365).meta({ description: 'from the approval on' }),
  })
  .meta({ id: 'ExemptionRequest' })
export type ExemptionRequest = z.infer<typeof ExemptionRequest>

/** What an exemption can be asked for, under the policy in force. */
export const ExemptionTerms = z
  .object({
    policyVersion: z.string(),
    maxDays: z.int(),
    clauses: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        severity: z.string(),
        labels: z.array(z.string()),
        exemptible: z.boolean().meta({ description: 'false: nobody is ever exempted from it' }),
      }),
    ),
  })
  .meta({ id: 'ExemptionTerms' })
export type ExemptionTerms = z.infer<typeof ExemptionTerms>

export const ExemptionState = z.enum(['active', 'ended', 'expired'])
export const Exemption = z
  .object({
    id: z.string(),
    approvalId: z.string(),
    scope: ExemptionScope,
    organisationId: z.string(),
    projectId: z.string(),
    clauses: z.array(ClauseId),
    labels: z
      .array(z.string())
      .meta({ description: 'what these clauses were about when it was granted; it never covers more' }),
    reason: z.string(),
    riskNote: z.string(),
    requestedBy: z.string(),
    approvedBy: z.array(z.string()),
    grantedAt: When,
    expiresAt: When,
    state: ExemptionState,
    endedAt: When.nullable(),
    endedBy: z.string().nullable().meta({ description: 'null when its time was over' }),
    endedReason: z.string().nullable(),
  })
  .meta({ id: 'Exemption' })
export type Exemption = z.infer<typeof Exemption>

export const ACTION_KINDS = ['warn', 'throttle', 'restrict', 'suspend', 'ban'] as const

/** Something done to an account, as far as a statement of reasons and an appeal need it. */
export const ContestedAction = z
  .object({
    id: Id,
    kind: z.enum(ACTION_KINDS),
    subject: z.object({ type: z.enum(['organisation', 'project', 'key', 'end_user']), id: Id }),
    organisationId: Id.nullable().meta({ description: 'null where it is not known whose customer it is' }),
    at: When,
    until: When.nullable().meta({ description: 'null: until it is lifted' }),
    clause: z.string().nullable(),
    label: z.string().nullable(),
    policy: z.object({ version: z.string(), digest: z.string() }).nullable(),
    decisions: z.array(Id).max(100).meta({ description: 'refusals that it rests on' }),
    automatic: z.boolean().meta({ description: 'no person decided it' }),
    deciders: z.array(z.string()).meta({ description: 'people who decided it' }),
  })
  .meta({ id: 'ContestedAction' })
export type ContestedAction = z.infer<typeof ContestedAction>

/** Why something was refused or restricted, in words for whom it concerns. No content, no names. */
export const Statement = z
  .object({
    id: z.string().meta({ description: 'the decision’s own id, or `sor_…` for an action' }),
    about: z.object({ type: z.enum(['decision', 'action']), id: z.string() }),
    at: When,
    measure: z.enum(['refused', 'withheld', 'cut', ...ACTION_KINDS]),
    until: When.nullable(),
    facts: z.string().max(5_000).meta({ description: 'what it rests on, in words' }),
    ground: z.object({
      policyVersion: z.string().nullable(),
      policyDigest: z.string().nullable(),
      clause: z.string().nullable(),
      title: z.string().nullable(),
      wording: z.string().nullable().meta({ description: 'null when the text of that version is not kept' }),
    }),
    label: z.string().nullable().meta({ description: 'the hazard or method that was found' }),
    category: z.string().meta({ description: 'of the DSA transparency database' }),
    automatedDetection: z.boolean(),
    automatedDecision: z.enum(['fully', 'partially', 'not']),
    test: z.boolean().meta({ description: 'the harmless test string alone' }),
    enforced: z.boolean().meta({ description: 'false: recorded, and passed on all the same' }),
    contestUntil: When,
    contestUrl: z.string(),
  })
  .meta({ id: 'StatementOfReasons' })
export type Statement = z.infer<typeof Statement>

/** A statement about an action as it is kept: made when the action is, so that later changes of the policy don't change it. */
export const KeptStatement = z.object({
  id: z.string(),
  organisationId: z.string().nullable(),
  action: ContestedAction,
  statement: Statement,
})
export type KeptStatement = z.infer<typeof KeptStatement>

export const APPEAL_STATES = ['open', 'upheld', 'overturned', 'partly', 'withdrawn'] as const
export const AppealState = z.enum(APPEAL_STATES).meta({ id: 'AppealState' })
export type AppealState = z.infer<typeof AppealState>
export const AppealOutcome = z.enum(['upheld', 'overturned', 'partly']).meta({ id: 'AppealOutcome' })
export type AppealOutcome = z.infer<typeof AppealOutcome>

export const AppealAbout = z.object({ type: z.enum(['decision', 'action']), id: Id }).meta({ id: 'AppealAbout' })
export type AppealAbout = z.infer<typeof AppealAbout>

/** Somebody's objection, without its words. */
export const Appeal = z
  .object({
    id: z.string().meta({ description: 'the receipt number' }),
    about: AppealAbout,
    channel: z.enum(['public', 'customer']).meta({ description: 'by the form, or with the customer’s key' }),
    organisationId: z.string().nullable(),
    filedBy: z.string().nullable().meta({ description: 'id of the key; null for the form' }),
    secretHash: z.string().nullable().meta({ description: 'of the secret by which the form’s appeal is followed' }),
    filedAt: When.meta({ description: 'also when it was acknowledged' }),
    dueAt: When,
    state: AppealState,
    hearer: z.string().nullable().meta({ description: 'who has taken it' }),
    takenAt: When.nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: When.nullable(),
    closedAt: When.nullable().meta({ description: 'decided or withdrawn' }),
    eraseAt: When.nullable().meta({ description: 'when its words go' }),
    falsePositive: z.boolean().meta({ description: 'the decision was wrong; so labelled' }),
    effects: z.enum(['none', 'pending', 'restored']).meta({ description: 'whether what it undoes is undone' }),
    restored: z.array(z.string()),
    overdueNoted: z.boolean(),
    textsErased: z.boolean(),
  })
  .meta({ id: 'AppealRecord' })
export type Appeal = z.infer<typeof Appeal>

export const AppealInput = z
  .strictObject({
    about: Id.meta({ description: 'the number of the decision or of the action: dec_… or act_…' }),
    text: Words(5_000).meta({ description: 'why it was wrong; at most 5,000 characters' }),
    contact: z.email().max(200).nullable().default(null).meta({ description: 'where to send the answer, if anywhere' }),
  })
  .meta({ id: 'NewAppeal' })
export type AppealInput = z.input<typeof AppealInput>

export const AppealDecision = z
  .strictObject({
    outcome: AppealOutcome,
    answer: Words(5_000).meta({ description: 'the reasons, for whoever appealed' }),
  })
  .meta({ id: 'AppealDecision' })
export type AppealDecision = z.infer<typeof AppealDecision>

/** That effects wait to be undone, until they are. */
export const Undoing = z.object({ id: z.string(), state: z.enum(['pending', 'restored']) })
export type Undoing = z.infer<typeof Undoing>

/** That a customer has accepted a policy version. */
export const Acceptance = z
  .object({
    id: z.string(),
    organisationId: z.string(),
    policyVersion: z.string(),
    policyDigest: z.hash('sha256'),
    acceptedAt: When,
    acceptedBy: z.string().meta({ description: 'who, in the customer’s own words' }),
    keyId: z.string(),
  })
  .meta({ id: 'PolicyAcceptance' })
export type Acceptance = z.infer<typeof Acceptance>

export const AcceptanceInput = z
  .strictObject({
    version: z.string().max(40),
    digest: z.hash('sha256').meta({ description: 'of the policy that is accepted: what /policy shows' }),
    acceptedBy: Words(200).meta({ description: 'name and role of who accepts for the organisation' }),
  })
  .meta({ id: 'NewPolicyAcceptance' })
export type AcceptanceInput = z.infer<typeof AcceptanceInput>

/** That a policy version came into force, from which grace counts. */
export const Announcement = z.object({
  id: z.string(),
  policyVersion: z.string(),
  policyDigest: z.string(),
  announcedAt: When,
})
export type Announcement = z.infer<typeof Announcement>
