import { z } from 'zod'
import { QuarterId } from '../base/quarter.ts'
import { Breakdown } from './small-counts.ts'

export const REPORT_FORMAT = 'safelevel-transparency/v1'

const When = z.iso.datetime().meta({ description: 'UTC' })
const Count = z.int().nonnegative()
const Sha256 = z.hash('sha256')
const Hours = z
  .object({ median: z.number().nonnegative(), p90: z.number().nonnegative() })
  .nullable()
  .meta({ description: 'hours; null where fewer than five were counted' })
/** While a quarter runs nothing is broken down: watched from day to day, a breakdown would tell who did what. */
const Parts = Breakdown.nullable().meta({ description: 'null while the quarter runs' })

const Decisions = z.object({
  requests: Count.meta({ description: 'judged, canaries apart; the sum of the following' }),
  answered: Count,
  refused: Count,
  cut: Count.meta({ description: 'answers that were cut short' }),
  passedOn: Count.meta({ description: 'would have been refused or cut, on a surface that is only observed' }),
  tests: Count.meta({ description: 'refused for the harmless test string' }),
  rejected: Count.meta({ description: 'not judged: broken, too many, not allowed' }),
  failed: Count.meta({ description: 'ended in an error' }),
  cancelled: Count,
  unevaluated: Count.meta({ description: 'of those answered, the ones of which a category could not be judged' }),
  byMonth: Parts.meta({ description: 'requests by month' }),
  byClause: Parts.meta({
    description: 'refused and cut, by clause of the policy and category: keys `4.2/cyber_operations`, and `other`',
  }),
})

const Models = z.object({
  evaluations: z.array(
    z.object({
      id: z.string(),
      model: z.string(),
      checkpoint: z.string(),
      verdict: z.string(),
      concludedAt: When,
      reportDigest: Sha256.nullable(),
    }),
  ),
  halts: z.array(
    z.object({
      id: z.string(),
      model: z.string(),
      openedAt: When,
      emergencyAt: When.nullable(),
      closedAt: When.nullable(),
    }),
  ),
})

export const Correction = z
  .object({
    replaces: Sha256.meta({ description: 'SHA-256 of the edition before' }),
    reason: z.string(),
    changes: z
      .array(z.object({ figure: z.string(), before: z.string(), after: z.string() }))
      .meta({ description: 'by JSON pointer' }),
  })
  .meta({ id: 'TransparencyCorrection' })
export type Correction = z.infer<typeof Correction>

/** What is published about a quarter: numbers, and what was published or decided about models. No customer, no reporter, no content. */
export const TransparencyReport = z
  .object({
    format: z.literal(REPORT_FORMAT),
    organisation: z.string(),
    quarter: QuarterId,
    from: When,
    until: When.meta({ description: 'before this' }),
    state: z.enum(['running', 'closed']).meta({ description: 'running: the numbers go on changing' }),
    edition: z.int().positive().nullable().meta({ description: 'null while the quarter runs' }),
    compiledAt: When,
    countedFrom: When.meta({ description: 'later than `from` where the installation began in between' }),
    correction: Correction.nullable(),
    decisions: Decisions,
    canaries: z.object({
      sent: Count.meta({ description: 'harmful requests that the installation sent itself' }),
      missed: Count.meta({ description: 'of these, answered as if they were harmless' }),
      unanswered: Count,
    }),
    enforcement: z.object({
      actions: Count,
      automatic: Count.meta({ description: 'of these, taken without a person' }),
      takenBack: Count,
      byStep: Parts,
    }),
    appeals: z.object({
      received: Count,
      decided: Count,
      withdrawn: Count,
      openAtEnd: Count,
      overdueAtEnd: Count,
      hoursToDecide: Hours,
      byOutcome: Parts,
    }),
    exemptions: z.object({ granted: Count, ended: Count, inForceAtEnd: Count }),
    reports: z
      .object({
        received: Count,
        confirmed: Count,
        mitigated: Count,
        open: Count,
        medianHoursToAnswer: z
          .number()
          .nonnegative()
          .nullable()
          .meta({ description: 'null where fewer than five were' }),
        byKind: Parts,
      })
      .nullable()
      .meta({
        description:
          'of harmful output and vulnerabilities: those that came in the quarter, as they stood when this was compiled; null = none are taken here',
      }),
    models: Models,
    policies: z
      .array(z.object({ version: z.string(), digest: Sha256, effectiveAt: When }))
      .meta({ description: 'in force at some time within the quarter, oldest first' }),
    cards: z
      .array(z.object({ model: z.string(), version: z.int(), digest: Sha256, publishedAt: When }))
      .nullable()
      .meta({ description: 'published within the quarter; null = there are no model cards here' }),
  })
  .meta({ id: 'TransparencyReport' })
export type TransparencyReport = z.infer<typeof TransparencyReport>

/** An edition of a report, as it was published. Stands for good. */
export const Edition = z
  .object({
    quarter: QuarterId,
    edition: z.int().positive(),
    digest: Sha256.meta({ description: 'SHA-256 of its RFC 8785 canonical JSON' }),
    publishedAt: When,
    approval: z.string().nullable().meta({ description: 'of the two people who agreed to a correction' }),
    reason: z.string().nullable(),
    bytes: z.string().meta({ description: 'the canonical JSON' }),
  })
  .meta({ id: 'TransparencyEdition' })
export type Edition = z.infer<typeof Edition>

/** An edition without its text. */
export const EditionView = Edition.omit({ bytes: true }).meta({ id: 'TransparencyEditionView' })
export type EditionView = z.infer<typeof EditionView>

export const NewCorrection = z
  .strictObject({
    quarter: QuarterId,
    replaces: Sha256.meta({ description: 'of the edition that is to be replaced: the newest' }),
    reason: z.string().trim().min(1).max(2_000).meta({ description: 'published with the new edition' }),
  })
  .meta({ id: 'NewTransparencyCorrection' })
export type NewCorrection = z.infer<typeof NewCorrection>

/** Something that followers of the public record hear of. */
export interface PublicChange {
  /** Stable, unique within the installation: `policy/DIGEST`. */
  readonly id: string
  readonly at: string
  readonly title: string
  /** A sentence. */
  readonly summary: string
  /** Path on the public site, or an address. */
  readonly href: string
}
