import { z } from 'zod'
import { QuarterId } from '../../base/quarter.ts'
import { ROLES, type Role } from '../../staff/index.ts'

export const REPORT_KINDS = ['rso', 'board', 'safeguards', 'risk'] as const
export const ReportKind = z.enum(REPORT_KINDS)
export type ReportKind = z.infer<typeof ReportKind>

const When = z.iso.datetime()
const Sha256 = z.hash('sha256')
/** Of four bytes each they still fit into one request. */
const MOST_CHARS = 15_000
const Words = (most: number) => z.string().trim().min(1).max(most)
const SectionId = z.string().regex(/^[a-z]{2,30}$/)
export const ControlReportId = z.string().regex(/^crp_[0-9A-HJKMNP-TV-Z]{26}$/, 'the id of a report: crp_…')

/** What may be kept from the public, and why. */
export const REDACTION_REASONS = ['safety', 'security', 'privacy', 'trade_secret', 'law'] as const

/** A part of a report that the product wrote from what it knows. */
export const CompiledSection = z
  .object({
    id: SectionId,
    title: z.string(),
    paragraphs: z.array(z.string()),
    tables: z.array(
      z.object({ caption: z.string(), head: z.array(z.string()), rows: z.array(z.array(z.string())).max(1_000) }),
    ),
  })
  .meta({ id: 'CompiledReportSection' })
export type CompiledSection = z.infer<typeof CompiledSection>

/** A part in which people speak. */
export const WrittenSection = z
  .object({
    id: SectionId,
    title: z.string(),
    asks: z.string().meta({ description: 'what is to be said here' }),
    required: z.boolean(),
    text: z.string().nullable(),
    by: z.string().nullable().meta({ description: 'who wrote it last' }),
    at: When.nullable(),
  })
  .meta({ id: 'WrittenReportSection' })
export type WrittenSection = z.infer<typeof WrittenSection>

export const NewReportRedaction = z
  .strictObject({
    section: SectionId,
    passage: Words(2_000)
      .nullable()
      .meta({ description: 'exactly as it stands in what people wrote; null: the whole section' }),
    reason: z.enum(REDACTION_REASONS),
    explanation: Words(1_000).meta({ description: 'public: says why, and not what' }),
  })
  .meta({ id: 'NewReportRedaction' })
export type NewReportRedaction = z.infer<typeof NewReportRedaction>

/** A passage that the public edition leaves out. What was signed keeps it. */
export const Redaction = NewReportRedaction.extend({ id: z.string(), by: z.string(), at: When }).meta({
  id: 'ReportRedaction',
})
export type Redaction = z.infer<typeof Redaction>

export const Receipt = z
  .object({ role: z.enum(ROLES), by: z.string(), at: When })
  .meta({ id: 'ControlReportReceipt', description: 'that somebody who holds the role opened what was signed' })

/** Everything but what it says. */
export const ReportSummary = z
  .object({
    id: ControlReportId,
    kind: ReportKind,
    title: z.string(),
    quarter: QuarterId,
    edition: z.int().positive().meta({ description: 'of this kind and quarter; the next one replaces it' }),
    from: When.meta({ description: 'what it covers' }),
    until: When,
    state: z.enum(['draft', 'signed', 'delivered']),
    compiledAt: When,
    missing: z.array(SectionId).meta({ description: 'sections that people must write before it can be signed' }),
    signers: z.array(z.enum(ROLES)),
    recipients: z.array(z.enum(ROLES)).meta({ description: 'each must have opened it' }),
    waitsFor: z.array(z.enum(ROLES)).meta({ description: 'recipients that have not' }),
    signature: z
      .object({
        by: z.string(),
        role: z.enum(ROLES),
        at: When,
        digest: Sha256.meta({ description: 'of the document' }),
      })
      .nullable(),
    receipts: z.array(Receipt),
    public: z.boolean().meta({ description: 'whether it has a public edition' }),
    redactions: z.int().nonnegative(),
  })
  .meta({ id: 'ControlReportSummary' })
export type ReportSummary = z.infer<typeof ReportSummary>

/** What is signed: SHA-256 of this as RFC 8785 JSON. */
export const ReportDocument = z
  .object({
    format: z.literal('safelevel-control-report/v1'),
    ...{ id: ControlReportId, kind: ReportKind, title: z.string(), organisation: z.string() },
    ...{ quarter: QuarterId, edition: z.int().positive(), from: When, until: When, compiledAt: When },
    compiled: z.array(CompiledSection),
    written: z.array(WrittenSection),
    redactions: z.array(Redaction),
  })
  .meta({ id: 'ControlReportDocument' })
export type ReportDocument = z.infer<typeof ReportDocument>

/** As it is kept. */
export const StoredReport = z.object({
  document: ReportDocument,
  signature: ReportSummary.shape.signature,
  receipts: z.array(Receipt),
})
export type StoredReport = z.infer<typeof StoredReport>

export const NewControlReport = z
  .strictObject({
    kind: ReportKind,
    quarter: QuarterId.optional().meta({ description: 'the last one that is over, when left out' }),
  })
  .meta({ id: 'NewControlReport' })
export type NewControlReport = z.infer<typeof NewControlReport>

export const ReportWriting = z
  .strictObject({
    text: z.string().trim().max(MOST_CHARS).meta({ description: 'empty: nothing is said here after all' }),
    /** Who writes over what somebody else has written meanwhile is told so. */
    was: Sha256.nullable().meta({ description: 'SHA-256 of the text that this replaces; null: there was none' }),
  })
  .meta({ id: 'ReportWriting' })
export type ReportWriting = z.infer<typeof ReportWriting>

export const ReportSigning = z
  .strictObject({ digest: Sha256.meta({ description: 'of the document that was read' }), role: z.enum(ROLES) })
  .meta({ id: 'ReportSigning' })
export type ReportSigning = z.infer<typeof ReportSigning>

/** Who acts: a person, with the roles that they hold now. */
export interface Reader {
  readonly person: string
  readonly roles: ReadonlySet<Role>
}
