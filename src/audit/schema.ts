import { z } from 'zod'
import { Actor } from '../ledger/index.ts'
import { Role } from '../staff/index.ts'
import { POPULATION_NAMES, PopulationOf } from './populations.ts'

/** More in one sample is no work for people. */
export const MOST_ITEMS = 1_000
const MOST_KINDS = 20
const MOST_CITED = 50
const SECRET_CHARS = { least: 16, most: 200 }

const When = z.iso.datetime({ offset: false, error: 'a time in UTC: 2026-03-31T00:00:00Z' })
const Words = (most: number) => z.string().trim().min(1).max(most)
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256, 64 hexadecimal digits')
const Position = z.int().nonnegative().meta({ description: 'position on the ledger' })
const Rate = z.number().min(0).max(1)
const Control = z.string().regex(/^[A-Z]{1,4}-\d{2}$/, 'a control: SEC-27')

export const NewPopulation = z
  .strictObject({
    name: z.enum(POPULATION_NAMES).optional().meta({ description: 'one that has a name' }),
    kinds: z
      .array(z.string().regex(/^[a-z]+(\.[a-z_]+)*\.([a-z_]+|\*)$/, 'a kind of event: staff.role_granted, or staff.*'))
      .min(1)
      .max(MOST_KINDS)
      .optional()
      .meta({ description: 'or kinds of events, `staff.*` for all of a room' }),
    from: When,
    until: When.meta({ description: 'not included; it is over by now' }),
  })
  .refine(
    ({ name, kinds }) => (name === undefined) !== (kinds === undefined),
    'a population by name, or kinds of events',
  )
  .refine(({ from, until }) => Date.parse(from) < Date.parse(until), 'until: a period ends after it begins')

const Fixed = z.strictObject({ kind: z.literal('fixed'), size: z.int().min(1).max(MOST_ITEMS) })
const Attribute = z.strictObject({
  kind: z.literal('attribute'),
  confidence: z.number().min(0.5).max(0.999),
  tolerableRate: z.number().min(0.001).max(0.5),
  expectedRate: Rate,
})
export const Sizing = z
  .discriminatedUnion('kind', [Fixed, Attribute])
  .refine((one) => one.kind === 'fixed' || one.expectedRate < one.tolerableRate, 'expectedRate: below tolerableRate')
  .meta({
    id: 'AuditSizing',
    description: 'so many; or as many as show, with this confidence, that fewer than the tolerable rate deviate',
  })

export const NewAuditSample = z
  .strictObject({
    title: Words(200).meta({ description: 'what is tested' }),
    population: NewPopulation,
    sizing: Sizing,
    commitment: Sha256.nullable().default(null).meta({
      description:
        'SHA-256 of a secret that the auditor tells once the order stands: then not even who runs the ledger could have chosen what is drawn',
    }),
  })
  .meta({ id: 'NewAuditSample' })
export type NewAuditSample = z.input<typeof NewAuditSample>

export const DrawRequest = z
  .strictObject({
    secret: z
      .string()
      .min(SECRET_CHARS.least)
      .max(SECRET_CHARS.most)
      .nullable()
      .default(null)
      .meta({ description: 'to which the order is bound; null where it is bound to none' }),
  })
  .meta({ id: 'AuditDrawRequest' })

const Drawn = z.object({
  at: When,
  order: Position.meta({ description: 'where the order stands' }),
  tree: z.int().positive().meta({ description: 'size of the tree whose last entry is the order' }),
  root: Sha256.meta({ description: 'of that tree' }),
  secret: z.string().nullable(),
  seed: Sha256,
})

/** A sample of entries of the ledger, without the entries. */
export const AuditSampleRow = z
  .object({
    id: z.string(),
    title: z.string(),
    state: z.enum(['ordered', 'drawn', 'closed']),
    population: PopulationOf,
    frame: z
      .object({ entries: z.int().positive(), upTo: Position, digest: Sha256 })
      .meta({ description: 'what it is drawn from: fixed, and on the ledger, when it is ordered' }),
    sizing: Sizing,
    size: z.int().positive(),
    acceptable: z.int().nonnegative().nullable().meta({ description: 'deviations up to which it supports the rate' }),
    commitment: Sha256.nullable(),
    by: Actor,
    at: When,
    event: z.string().meta({ description: 'of the order' }),
    drawn: Drawn.nullable(),
    closed: z.object({ at: When, by: z.string(), words: z.string() }).nullable(),
  })
  .meta({ id: 'AuditSampleRow' })
export type AuditSampleRow = z.infer<typeof AuditSampleRow>

export const AuditSample = AuditSampleRow.extend({
  entries: z.array(Position).meta({ description: 'what was drawn, ascending; empty before' }),
}).meta({ id: 'AuditSample' })
export type AuditSample = z.infer<typeof AuditSample>

/** Fixed when a sample is ordered: the positions as steps from one to the next. */
export const Frame = z.object({ sample: z.string(), at: When, steps: z.array(z.int().nonnegative()) })
export type Frame = z.infer<typeof Frame>

export const VERDICTS = ['ok', 'exception', 'not_testable'] as const

export const NewAuditFinding = z
  .strictObject({ verdict: z.enum(VERDICTS), words: z.string().trim().max(4_000).default('') })
  .refine(
    ({ verdict, words }) => verdict === 'ok' || words !== '',
    'words: say what is wrong, or why it can’t be tested',
  )
  .meta({ id: 'NewAuditFinding' })
export type NewAuditFinding = z.input<typeof NewAuditFinding>

/** What an auditor says of an entry that was drawn. */
export const AuditFinding = z
  .object({
    sample: z.string(),
    entry: Position,
    verdict: z.enum(VERDICTS),
    words: z.string(),
    by: z.string().meta({ description: 'a person of the staff' }),
    at: When,
  })
  .meta({ id: 'AuditFinding' })
export type AuditFinding = z.infer<typeof AuditFinding>

export const AuditResult = z
  .object({
    examined: z.int().nonnegative(),
    ok: z.int().nonnegative(),
    exceptions: z.int().nonnegative(),
    notTestable: z.int().nonnegative(),
    complete: z.boolean(),
    rate: Rate.nullable().meta({
      description: 'of deviations among what was examined: what can’t be tested counts as one',
    }),
    interval: z.tuple([Rate, Rate]).nullable().meta({ description: 'exact, two-sided at 95 %' }),
    supports: z.boolean().nullable().meta({
      description:
        'whether the sample supports that the rate is below tolerable; null before it is complete, and where no rate was named',
    }),
  })
  .meta({ id: 'AuditResult' })
export type AuditResult = z.infer<typeof AuditResult>

export const AuditSampleView = AuditSample.extend({
  findings: z.array(AuditFinding),
  result: AuditResult,
}).meta({ id: 'AuditSampleView' })
export type AuditSampleView = z.infer<typeof AuditSampleView>

export const ClosingWords = z.strictObject({ words: Words(4_000) }).meta({ id: 'AuditConclusion' })

export const NewEvidenceRequest = z
  .strictObject({
    title: Words(200),
    text: Words(4_000).meta({ description: 'what is wanted, of which period' }),
    control: Control.nullable().default(null),
    owner: Role.optional().meta({
      description: 'the role that is asked; that which answers for the control, when left out',
    }),
    dueAt: When,
  })
  .meta({ id: 'NewEvidenceRequest' })
export type NewEvidenceRequest = z.input<typeof NewEvidenceRequest>

export const NewEvidenceAnswer = z
  .strictObject({
    text: Words(8_000),
    entries: z.array(Position).max(MOST_CITED).default([]),
    controls: z
      .array(Control)
      .max(MOST_CITED)
      .default([])
      .meta({ description: 'how they stand now goes with the answer' }),
    documents: z
      .array(z.strictObject({ what: Words(300), digest: Sha256 }))
      .max(MOST_CITED)
      .default([])
      .meta({ description: 'handed over elsewhere, and known by their SHA-256' }),
  })
  .meta({ id: 'NewEvidenceAnswer' })
export type NewEvidenceAnswer = z.input<typeof NewEvidenceAnswer>

export const StepWords = z.strictObject({ words: Words(4_000) }).meta({ id: 'EvidenceReason' })
export const AcceptWords = z
  .strictObject({ words: z.string().trim().max(4_000).default('') })
  .meta({ id: 'EvidenceAcceptance' })

const Standing = z.object({ control: Control, state: z.string(), says: z.string() })

/** One step of a request: who did what, when, and with which words. */
const Step = z
  .object({
    what: z.enum(['asked', 'answered', 'returned', 'accepted', 'withdrawn']),
    by: Actor,
    at: When,
    words: z.string(),
    entries: z.array(Position),
    controls: z.array(Standing),
    documents: z.array(z.object({ what: z.string(), digest: Sha256 })),
    digest: Sha256.meta({ description: 'of the rest of this, as RFC 8785 JSON: the ledger has it' }),
  })
  .meta({ id: 'EvidenceStep' })
export type EvidenceStep = z.infer<typeof Step>

/** Something that an auditor asks those who answer for it to show. */
export const EvidenceRequest = z
  .object({
    id: z.string(),
    title: z.string(),
    control: Control.nullable(),
    owner: Role,
    dueAt: When,
    overdueAt: When.nullable().meta({ description: 'when it was put on record that it is late' }),
    state: z.enum(['open', 'answered', 'accepted', 'withdrawn']),
    at: When,
    steps: z.array(Step),
  })
  .meta({ id: 'EvidenceRequest' })
export type EvidenceRequest = z.infer<typeof EvidenceRequest>
