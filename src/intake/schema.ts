import { z } from 'zod'
import { LABELS } from '../screening/index.ts'

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

/** `red_team`: found by ourselves, so it is counted among nobody's reports. */
export const REPORT_CHANNELS = ['form', 'api', 'flag', 'red_team'] as const
export const ReportChannel = z.enum(REPORT_CHANNELS)
export type ReportChannel = z.infer<typeof ReportChannel>

export const REPORT_KINDS = ['harmful_output', 'safeguard_bypass', 'security', 'misuse', 'other'] as const
export const ReportKind = z.enum(REPORT_KINDS).meta({ id: 'ReportKind' })
export type ReportKind = z.infer<typeof ReportKind>

export const REPORT_STATES = ['received', 'triaging', 'confirmed', 'mitigated', 'closed'] as const
export const ReportState = z.enum(REPORT_STATES).meta({ id: 'ReportState' })
export type ReportState = z.infer<typeof ReportState>

/** `fixed` after it was mitigated; the others without that; `withdrawn` by who reported alone. */
export const CLOSINGS = [
  'fixed',
  'answered',
  'duplicate',
  'not_reproduced',
  'out_of_scope',
  'intended',
  'spam',
  'withdrawn',
] as const
export const Closing = z.enum(CLOSINGS).meta({ id: 'ReportClosing' })
export type Closing = z.infer<typeof Closing>

export const ENCRYPTIONS = ['none', 'age', 'pgp'] as const

export const FILE_TYPES = ['text', 'png', 'jpeg', 'webp', 'pdf', 'age'] as const
export type FileType = (typeof FILE_TYPES)[number]

/** A file that came with a report. Its name is sealed, as part `file-name/ID`. */
export const ReportFile = z
  .object({
    id: Id,
    type: z.enum(FILE_TYPES).meta({ description: 'by its first bytes, whatever its name says' }),
    sizeBytes: z.int().nonnegative(),
    sha256: z.hash('sha256'),
  })
  .meta({ id: 'ReportFile' })
export type ReportFile = z.infer<typeof ReportFile>

/** What somebody reported, without its words. */
export const Report = z
  .object({
    id: Id,
    channel: ReportChannel,
    kind: ReportKind,
    category: z.enum(LABELS).nullable().meta({ description: 'the hazard or method that it is about' }),
    about: z
      .object({ decision: Id.nullable(), model: z.string().nullable(), surface: z.string().nullable() })
      .meta({ description: 'as who reported names them; of a flag, as the decision has them' }),
    organisationId: z.string().nullable().meta({ description: 'the customer with whose key it was sent' }),
    anonymous: z.boolean().meta({ description: 'no contact was left' }),
    encryption: z.enum(ENCRYPTIONS),
    lookup: z.hash('sha256').meta({ description: 'of the receipt code, which is kept nowhere' }),
    files: z.array(ReportFile).max(3),
    messages: z.int().nonnegative(),
    unanswered: z.int().nonnegative().meta({ description: 'messages of who reported since the last answer' }),
    signature: z.string().nullable().meta({ description: 'keyed MinHash of the words, by which duplicates are found' }),
    state: ReportState,
    closedAs: Closing.nullable(),
    assignee: z.string().nullable(),
    receivedAt: When,
    lastAt: When.meta({ description: 'of the last change' }),
    answeredAt: When.nullable().meta({ description: 'of the first answer' }),
    confirmedAt: When.nullable(),
    mitigatedAt: When.nullable(),
    closedAt: When.nullable(),
    unreadBy: z.enum(['reporter', 'staff']).nullable(),
    eraseAt: When.nullable().meta({ description: 'when its words and files go' }),
    erased: z.boolean(),
  })
  .meta({ id: 'SafetyReport' })
export type Report = z.infer<typeof Report>

/** That something was filed, so that the same again makes no second report. */
export const Filing = z.object({ id: z.hash('sha256'), report: Id, filedAt: When, expiresAt: When.nullable() })
export type Filing = z.infer<typeof Filing>
