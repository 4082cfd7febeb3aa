import { z } from 'zod'
import { CHAT_APIS } from '../../asking/index.ts'
import { StatuteId } from './clocks.ts'
import { OUTCOMES } from './judging.ts'
import { Sampling } from './script.ts'
import { Band, SeverityFactors } from './severity.ts'

const When = z.iso.datetime()
const Id = z.string().min(1).max(100)
const PolicyRef = z.object({ version: z.string(), digest: z.string() })

export const REMEDIES = ['policy', 'checkpoint', 'classifier', 'configuration'] as const
export const BOUNTIES = ['none', 'eligible', 'offered', 'paid', 'declined'] as const
export const CREDITS = ['open', 'named', 'anonymous'] as const
export const THROUGH = ['gateway', 'model'] as const
export const EXPECTATIONS = ['prompt', 'answer', 'harmless'] as const

/** What is done about it, and where that can be found. */
export const Remedy = z
  .object({
    kind: z.enum(REMEDIES),
    reference: z
      .string()
      .meta({ description: 'a policy version, a checkpoint (model/checkpoint), a classifier’s id, a change' }),
    digest: z
      .string()
      .nullable()
      .meta({ description: 'of what it names, as it was found then; null where it has none' }),
    at: When,
    by: z.string(),
  })
  .meta({ id: 'ReportRemedy' })
export type Remedy = z.infer<typeof Remedy>

/** Somebody else who must know before the public does. Name, contact and answer are sealed. */
export const Party = z
  .object({
    id: Id,
    toldAt: When.nullable(),
    embargoUntil: When.nullable(),
    acknowledgedAt: When.nullable(),
  })
  .meta({ id: 'DisclosureParty' })
export type Party = z.infer<typeof Party>

export const Disclosure = z.object({
  publicOn: When.nullable().meta({ description: 'what is agreed; null = the default, counted from awareness' }),
  extensions: z.int().nonnegative().meta({ description: 'how often the day was put off' }),
  parties: z.array(Party),
  advisory: z
    .object({
      state: z.enum(['draft', 'reviewed', 'published']),
      writtenBy: z.string(),
      reviewedBy: z.string().nullable(),
      publishedAt: When.nullable(),
      approval: z.string().nullable().meta({ description: 'by which two people released it early' }),
    })
    .nullable(),
  credit: z.enum(CREDITS).meta({ description: 'open: not agreed yet' }),
  bounty: z.object({
    state: z.enum(BOUNTIES),
    amount: z.number().nonnegative().nullable(),
    currency: z.string().length(3).nullable(),
    at: When.nullable(),
    by: z.string().nullable(),
  }),
})
export type Disclosure = z.infer<typeof Disclosure>

/** What triage knows of a report, beside the report; the same id. Words are sealed under it. */
export const Triage = z
  .object({
    id: Id,
    since: When,
    awareAt: When.nullable().meta({ description: 'when one became aware, where that was before the report came' }),
    factors: SeverityFactors,
    reproduction: z.string().nullable().meta({ description: 'by which the reproducibility was measured' }),
    override: z.object({ band: Band, by: z.string(), at: When }).nullable(),
    assessed: z.object({ by: z.string(), at: When }).nullable(),
    duplicateOf: Id.nullable(),
    remedy: Remedy.nullable(),
    duties: z.array(z.object({ id: StatuteId, by: z.string(), at: When, reportedAt: When.nullable() })),
    disclosure: Disclosure,
    overdueNoted: z
      .array(z.string())
      .default([])
      .meta({ description: 'clocks of which it is on record that they ran out' }),
  })
  .meta({ id: 'ReportTriage' })
export type Triage = z.infer<typeof Triage>

export const Attempt = z
  .object({
    nth: z.int().positive(),
    at: When,
    ms: z.int().nonnegative(),
    outcome: z.enum(OUTCOMES),
    why: z.string(),
    clause: z.string().nullable(),
    label: z.string().nullable(),
    score: z.number().nullable(),
    decision: z.string().nullable().meta({ description: 'of the gateway, where it went through it' }),
    overruled: z.object({ outcome: z.enum(OUTCOMES), by: z.string(), at: When }).nullable(),
  })
  .meta({ id: 'ReproductionAttempt' })
export type Attempt = z.infer<typeof Attempt>

export const REPRODUCTION_STATES = ['queued', 'running', 'done', 'cancelled', 'failed'] as const

/** n tries of the same, against what is deployed under one name. What was said is sealed under its id. */
export const Reproduction = z
  .object({
    id: Id,
    report: Id,
    case: Id.nullable().meta({ description: 'the regression case that is run; null = to see whether a report is so' }),
    deployment: z.string(),
    model: z.string().meta({ description: 'as the gateway calls it' }),
    checkpoint: z.string(),
    api: z.enum(CHAT_APIS),
    through: z.enum(THROUGH).meta({ description: 'gateway: with the safeguards; model: the bare upstream' }),
    n: z.int().min(1).max(100),
    sampling: Sampling,
    digests: z
      .object({ conversation: z.string(), system: z.string().nullable(), tools: z.string().nullable() })
      .meta({ description: 'keyed; two runs with the same said the same' }),
    policy: PolicyRef,
    classifier: z.string(),
    state: z.enum(REPRODUCTION_STATES),
    problem: z.string().nullable(),
    attempts: z.array(Attempt),
    requestedBy: z.string(),
    requestedAt: When,
    startedAt: When.nullable(),
    endedAt: When.nullable(),
    holder: z.string().nullable().meta({ description: 'the process that runs it' }),
    leaseUntil: When.nullable(),
  })
  .meta({ id: 'StoredReproduction' })
export type Reproduction = z.infer<typeof Reproduction>

/** What was found once must not come back. The conversation is sealed under its id. */
export const RegressionCase = z
  .object({
    id: Id,
    report: Id,
    expectation: z.enum(EXPECTATIONS).meta({
      description:
        'prompt: the prompt is refused; answer: such an answer is withheld at the latest; harmless: the model itself does no harm',
    }),
    clause: z.string().nullable(),
    deployments: z.array(z.string()).nullable().meta({ description: 'null = all' }),
    n: z.int().min(1).max(100),
    allowed: z.int().min(0).max(99).meta({ description: 'of n tries that may be harmful, errors among them' }),
    sampling: Sampling,
    hasAnswer: z.boolean().meta({ description: 'an answer that must be withheld is kept with it' }),
    state: z.enum(['enabled', 'disabled']),
    madeBy: z.string(),
    madeAt: When,
    disabled: z.object({ approval: z.string(), at: When }).nullable(),
    policyCheck: z
      .object({ policy: PolicyRef, at: When, state: z.enum(['passed', 'failed', 'not_asked']), says: z.string() })
      .nullable()
      .meta({ description: 'how it came out last under the policy in force' }),
  })
  .meta({ id: 'RegressionCase' })
export type RegressionCase = z.infer<typeof RegressionCase>

export function freshTriage(id: string, since: string): Triage {
  return {
    id,
    since,
    awareAt: null,
    factors: { uplift: null, reach: null, reproducibility: null, universality: null },
    reproduction: null,
    override: null,
    assessed: null,
    duplicateOf: null,
    remedy: null,
    duties: [],
    overdueNoted: [],
    disclosure: {
      publicOn: null,
      extensions: 0,
      parties: [],
      advisory: null,
      credit: 'open',
      bounty: { state: 'none', amount: null, currency: null, at: null, by: null },
    },
  }
}
