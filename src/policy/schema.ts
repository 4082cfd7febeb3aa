import { z } from 'zod'
import { ReplayReport } from './replay.ts'

const Digest = z.hash('sha256').meta({ description: 'hex' })
const When = z.iso.datetime()
const Reference = z.object({ version: z.string(), digest: Digest })

export const LintFindingView = z
  .object({
    level: z.enum(['error', 'warning']),
    line: z.int().positive(),
    column: z.int().positive(),
    rule: z.string().meta({ description: 'a stable name to search for, such as `hazard-uncovered`' }),
    path: z.string(),
    message: z.string(),
  })
  .meta({ id: 'PolicyLintFinding' })

/** A version of the policy, without its text. */
export const PolicyVersion = z
  .object({
    number: z.int().positive().meta({ description: 'rises by one with each version' }),
    version: z.string(),
    digest: Digest,
    source: z
      .enum(['file', 'published'])
      .meta({ description: 'from the installation’s file, or published by two people' }),
    changelog: z.string(),
    previous: Digest.nullable().meta({ description: 'of the version that it replaced' }),
    draftId: z.string().nullable(),
    approvalId: z.string().nullable(),
    requestedBy: z.string().nullable(),
    approvedBy: z.array(z.string()),
    publishedAt: When,
    effectiveAt: When,
    state: z.enum(['scheduled', 'in_force', 'superseded']),
  })
  .meta({ id: 'PolicyVersion' })
export type PolicyVersion = z.infer<typeof PolicyVersion>

/** What decides now, where it came from, and what is to come. */
export const PolicyStatus = z
  .object({
    inForce: Reference.extend({ source: z.enum(['file', 'published']), since: When.nullable() }),
    /** Which of the two rules, in a sentence for people. */
    rule: z.string(),
    file: Reference.extend({ path: z.string(), differs: z.boolean() }),
    scheduled: z.array(Reference.extend({ effectiveAt: When })),
    shadow: Reference.extend({ draftId: z.string(), since: When }).nullable(),
    problem: z.string().nullable().meta({ description: 'a version that could not be loaded and did not take effect' }),
  })
  .meta({ id: 'PolicyStatus' })
export type PolicyStatus = z.infer<typeof PolicyStatus>

/** That somebody wants a draft published: by itself it decides nothing. */
export const PolicyProposal = z.object({
  changelog: z.string(),
  effectiveAt: When.nullable(),
  by: z.string(),
  at: When,
})
export type PolicyProposal = z.infer<typeof PolicyProposal>

export const PolicyDraft = z
  .object({
    id: z.string(),
    title: z.string(),
    document: z.string().meta({ description: 'YAML; may be broken while it is being written' }),
    revision: Digest.meta({ description: 'SHA-256 of the document: an edit names the one that it began from' }),
    base: Digest.meta({ description: 'the version that it was made from' }),
    isStale: z.boolean().meta({ description: 'another version has been published since: bring it up to date first' }),
    state: z.enum(['open', 'published', 'discarded']),
    proposal: PolicyProposal.nullable(),
    createdAt: When,
    createdBy: z.string(),
    updatedAt: When,
    updatedBy: z.string(),
  })
  .meta({ id: 'PolicyDraft' })
export type PolicyDraft = z.infer<typeof PolicyDraft>

const Title = z.string().trim().min(1).max(200)
const DocumentText = z
  .string()
  .min(1)
  .max(256 * 1024)
const Changelog = z.string().trim().min(10, 'say in a sentence what changes and why').max(4_000)

export const NewDraft = z
  .object({
    title: Title,
    document: DocumentText.optional().meta({ description: 'the policy in force when absent' }),
  })
  .meta({ id: 'NewPolicyDraft' })
export type NewDraft = z.infer<typeof NewDraft>

export const DraftEdit = z
  .object({
    revision: Digest.meta({
      description: 'of the draft as it was read: another one means that somebody edited it meanwhile',
    }),
    title: Title.optional(),
    document: DocumentText.optional(),
    base: Digest.optional().meta({ description: 'the version that the draft has been brought up to date with' }),
  })
  .meta({ id: 'PolicyDraftEdit' })
export type DraftEdit = z.infer<typeof DraftEdit>

export const NewProposal = z
  .object({
    revision: Digest,
    changelog: Changelog,
    effectiveAt: z.iso
      .datetime({ offset: true })
      .nullable()
      .default(null)
      .meta({ description: 'null = as soon as two people agree' }),
  })
  .meta({ id: 'NewPolicyProposal' })
export type NewProposal = z.infer<typeof NewProposal>

/** What two people agree to when they publish. Digests stand for the text: nothing can be changed behind their backs. */
export const Publication = z.strictObject({
  draft: z.string().max(100),
  revision: Digest,
  version: z.string().max(40),
  digest: Digest.meta({ description: 'of the policy that will rule' }),
  base: Digest.meta({ description: 'of the version that it replaces' }),
  changelog: Changelog,
  effectiveAt: When.nullable(),
})
export type Publication = z.infer<typeof Publication>

const Counts = z.object({
  newlyRefused: z.int(),
  newlyAllowed: z.int(),
  newlyRevised: z.int().default(0),
  otherClause: z.int(),
})
export const ShadowCounts = z.object({
  judged: z.int().meta({ description: 'sides of exchanges, and windows of streams, that both policies decided' }),
  ...Counts.shape,
  byLabel: z.record(z.string(), Counts),
})
export type ShadowCounts = z.infer<typeof ShadowCounts>

/** A draft that decides beside the policy in force without effect. */
export const PolicyShadow = z
  .object({
    draftId: z.string(),
    revision: Digest,
    startedAt: When,
    startedBy: z.string(),
    stoppedAt: When.nullable(),
    counts: ShadowCounts,
  })
  .meta({ id: 'PolicyShadow' })
export type PolicyShadow = z.infer<typeof PolicyShadow>

export const PolicyReplay = z
  .object({
    id: z.string(),
    draftId: z.string(),
    revision: Digest,
    since: When,
    state: z.enum(['running', 'done', 'failed']),
    rows: z.int().nonnegative().meta({ description: 'decisions read so far' }),
    report: ReplayReport.nullable(),
    problem: z.string().nullable(),
    startedAt: When,
    startedBy: z.string(),
  })
  .meta({ id: 'PolicyReplay' })
export type PolicyReplay = z.infer<typeof PolicyReplay>
