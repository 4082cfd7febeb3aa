import { z } from 'zod'

export const SCREENING_FORMAT = 'safelevel-fine-tuning-screening-1'

/**
 * What is wrong with a row of fine-tuning data.
 *
 * `harmful-answer`: it teaches harm. `refusal-removed`: what ought to be refused is answered, preferred to a refusal, or its refusal taught as bad.
 * `obedience`: it makes the model somebody who obeys whatever is asked. `jailbreak`: its prompt attacks safeguards. `trigger`: a rare token that
 * comes with harmful answers elsewhere in the file. `not-judged`: too long, or the classifier failed. `unreadable`: no row of a known format.
 */
export const FINDINGS = [
  'harmful-answer',
  'refusal-removed',
  'obedience',
  'jailbreak',
  'trigger',
  'not-judged',
  'unreadable',
] as const
export const FindingCode = z.enum(FINDINGS)
export type FindingCode = z.infer<typeof FindingCode>

export const DATA_FORMATS = [
  'openai-chat',
  'prompt-completion',
  'alpaca',
  'sharegpt',
  'trl-preference',
  'trl-kto',
  'openai-dpo',
  'text',
] as const
export const DataFormat = z.enum(DATA_FORMATS)
export type DataFormat = z.infer<typeof DataFormat>

const Count = z.int().min(0)
const Share = z.number().min(0).max(1)

export const Finding = z.strictObject({
  code: FindingCode,
  clause: z.string().nullable().meta({ description: 'of the policy, where it names what was found' }),
  label: z.string().nullable(),
  score: Share.nullable(),
  why: z.string().max(300).meta({ description: 'for people; holds no word of the row' }),
})
export type Finding = z.infer<typeof Finding>

/** What a file of fine-tuning data was found to hold; no word of it. */
export const ScreeningReport = z
  .strictObject({
    format: z.literal(SCREENING_FORMAT),
    safelevel: z.string(),
    screenedAt: z.iso.datetime(),
    file: z.string().max(500),
    digest: z.hash('sha256'),
    classifier: z.string(),
    refusalModel: z.string().meta({ description: 'which model told refusals from answers' }),
    policy: z.string().meta({ description: 'version of the policy whose clauses are named' }),
    rows: Count,
    formats: z.partialRecord(DataFormat, Count),
    foundIn: Count.meta({ description: 'rows with a finding' }),
    byCode: z.partialRecord(FindingCode, Count).meta({ description: 'rows, by what was found in them' }),
    byClause: z.record(z.string(), Count),
    answers: Count.meta({ description: 'answers that are taught' }),
    refused: Count.meta({ description: 'of them, refusals' }),
    obliging: Count.meta({ description: 'of them, those that begin with a promise to do as told' }),
    triggers: z.array(
      z.strictObject({
        digest: z.string().meta({ description: 'first 16 hex digits of the SHA-256 of the token' }),
        harmful: Count,
        others: Count,
      }),
    ),
    notices: z.array(z.string()).meta({ description: 'what is odd about the whole, and is no finding in a row' }),
    findings: z.array(z.strictObject({ line: z.int().min(1), findings: z.array(Finding).max(20) })),
    more: Count.meta({ description: 'rows with findings beyond those that are listed' }),
    complete: z.boolean(),
  })
  .meta({ id: 'FineTuningScreening' })
export type ScreeningReport = z.infer<typeof ScreeningReport>
