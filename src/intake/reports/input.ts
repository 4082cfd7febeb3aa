import { z } from 'zod'
import { LABELS } from '../../screening/index.ts'
import { ReportKind, Words } from '../schema.ts'

/** The most characters of each part; what is encrypted is longer than what it holds. */
export const MOST_CHARS = {
  story: 30_000,
  steps: 30_000,
  output: 60_000,
  contact: 200,
  credit: 100,
  comment: 5_000,
} as const
export const MOST_FILES = 3
export const MOST_FILE_BYTES = 5 * 1024 * 1024

const optional = (maxChars: number, description: string) =>
  Words(maxChars).nullable().default(null).meta({ description })

export const DecisionId = z.string().regex(/^dec_[0-9A-HJKMNP-TV-Z]{26}$/, 'dec_ and 26 letters and digits')

/** What somebody sends: a kind and a story, and whatever else they have. */
export const ReportInput = z
  .strictObject({
    kind: ReportKind,
    story: Words(MOST_CHARS.story).meta({ description: 'what happened; may be an armored age or OpenPGP message' }),
    category: z.enum(LABELS).nullable().default(null).meta({ description: 'the hazard or method that it is about' }),
    decision: DecisionId.nullable().default(null).meta({ description: 'number of a decision that it is about' }),
    model: optional(200, 'the model that answered'),
    steps: optional(MOST_CHARS.steps, 'how to see it again: the prompt, turn by turn'),
    output: optional(MOST_CHARS.output, 'what the model answered'),
    contact: optional(MOST_CHARS.contact, 'where to reach you, besides by the receipt'),
    credit: optional(MOST_CHARS.credit, 'the name under which to thank you in public; absent = none'),
  })
  .meta({ id: 'NewSafetyReport' })
export type ReportInput = z.infer<typeof ReportInput>

/** What a product sends when its user flags an answer. */
export const FlagInput = z
  .strictObject({
    decision: DecisionId.meta({ description: 'x-safelevel-decision of the answer' }),
    reason: ReportKind,
    category: z.enum(LABELS).nullable().default(null),
    comment: optional(MOST_CHARS.comment, 'what the user says about it; leave out who they are'),
  })
  .meta({ id: 'NewSafetyFlag' })
export type FlagInput = z.infer<typeof FlagInput>

export const MessageInput = z.strictObject({ text: Words(MOST_CHARS.story) }).meta({ id: 'NewReportMessage' })

/** A file as it came. */
export interface IncomingFile {
  readonly name: string
  readonly bytes: Buffer
}
