import { z } from 'zod'
import { Closing, Words } from '../schema.ts'
import { StatuteId } from './clocks.ts'
import { OUTCOMES } from './judging.ts'
import { BOUNTIES, EXPECTATIONS, REMEDIES, THROUGH } from './schema.ts'
import { Sampling, Script } from './script.ts'
import { Band, SeverityFactors } from './severity.ts'

const Time = z.iso.datetime({ offset: false, error: 'a time in UTC: 2026-03-31T00:00:00Z' })
const Id = z.string().min(1).max(100)
const Reason = Words(2_000)

/** What a report is worth in harm, as a person sees it. */
export const SeverityInput = z
  .strictObject({
    factors: SeverityFactors,
    reproduction: Id.nullable()
      .default(null)
      .meta({ description: 'takes the reproducibility from what was measured, whatever the factors say' }),
    override: z
      .strictObject({ band: Band, words: Reason.meta({ description: 'why the computation is not right here' }) })
      .nullable()
      .default(null),
  })
  .meta({ id: 'SeverityInput' })
export type SeverityInput = z.output<typeof SeverityInput>

/** What somebody does with a report, one thing at a time. */
export const ReportAct = z
  .discriminatedUnion('act', [
    z.strictObject({ act: z.literal('take') }),
    z.strictObject({ act: z.literal('give_back') }),
    z.strictObject({ act: z.literal('assess'), severity: SeverityInput }),
    z.strictObject({ act: z.literal('confirm'), severity: SeverityInput }),
    z.strictObject({ act: z.literal('duplicate'), of: Id }),
    z.strictObject({
      act: z.literal('close'),
      as: Closing.exclude(['duplicate', 'withdrawn']),
      words: Reason.nullable().default(null).meta({ description: 'for who reported; they read exactly this' }),
    }),
    z.strictObject({ act: z.literal('reopen'), words: Reason }),
    z.strictObject({
      act: z.literal('mitigate'),
      remedy: z.strictObject({ kind: z.enum(REMEDIES), reference: z.string().trim().min(1).max(200), words: Reason }),
    }),
    z.strictObject({ act: z.literal('aware'), at: Time, words: Reason }),
    z.strictObject({ act: z.literal('duty'), id: StatuteId, on: z.boolean() }),
    z.strictObject({ act: z.literal('duty_done'), id: StatuteId, at: Time }),
  ])
  .meta({ id: 'ReportAct' })
export type ReportAct = z.output<typeof ReportAct>

/** What is done towards telling others, and the public. */
export const DisclosureAct = z
  .discriminatedUnion('act', [
    z.strictObject({ act: z.literal('party'), name: Words(200), contact: Words(500).nullable().default(null) }),
    z.strictObject({ act: z.literal('told'), party: Id, embargoUntil: Time.nullable().default(null) }),
    z.strictObject({ act: z.literal('acknowledged'), party: Id, answer: Words(5_000).nullable().default(null) }),
    z.strictObject({ act: z.literal('public_on'), on: Time, words: Reason }),
    z.strictObject({ act: z.literal('advisory'), title: Words(200), text: Words(20_000) }),
    z.strictObject({ act: z.literal('review') }),
    z.strictObject({ act: z.literal('publish') }),
    z.strictObject({
      act: z.literal('credit'),
      as: z.enum(['named', 'anonymous']),
      name: Words(200).nullable().default(null).meta({ description: 'as they want to be named, and have agreed' }),
    }),
    z.strictObject({
      act: z.literal('bounty'),
      state: z.enum(BOUNTIES),
      amount: z.number().nonnegative().max(10_000_000).nullable().default(null),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, 'ISO 4217: EUR')
        .nullable()
        .default(null),
    }),
  ])
  .meta({ id: 'DisclosureAct' })
export type DisclosureAct = z.output<typeof DisclosureAct>

export const NewReproduction = z
  .strictObject({
    deployment: z.string().min(1).max(100),
    through: z.enum(THROUGH).default('gateway'),
    n: z.int().min(1).max(100).default(10),
    script: Script.nullable()
      .default(null)
      .meta({ description: 'null = the steps of the report, as they were written, as one turn' }),
    sampling: Sampling.prefault({}),
  })
  .meta({ id: 'NewReproduction' })
export type NewReproduction = z.input<typeof NewReproduction>

export const Overruling = z
  .strictObject({ outcome: z.enum(OUTCOMES), words: Reason.meta({ description: 'why' }) })
  .meta({ id: 'AttemptOverruling' })
export type Overruling = z.infer<typeof Overruling>

export const NewCase = z
  .strictObject({
    expectation: z.enum(EXPECTATIONS),
    reproduction: Id.meta({
      description: 'whose conversation becomes the case; its first harmful answer is kept with it',
    }),
    deployments: z.array(z.string().min(1).max(100)).min(1).max(50).nullable().default(null),
    clause: z.string().max(100).nullable().default(null),
    n: z.int().min(1).max(100).default(10),
    allowed: z.int().min(0).max(99).default(0),
  })
  .refine(({ n, allowed }) => allowed < n, 'allowed: fewer than n')
  .meta({ id: 'NewRegressionCase' })
export type NewCase = z.input<typeof NewCase>

export const CaseDisabling = z.strictObject({ case: Id, reason: Reason }).meta({ id: 'CaseDisabling' })
export type CaseDisabling = z.infer<typeof CaseDisabling>

export const EarlyRelease = z.strictObject({ report: Id, reason: Reason }).meta({ id: 'EarlyRelease' })
export type EarlyRelease = z.infer<typeof EarlyRelease>
