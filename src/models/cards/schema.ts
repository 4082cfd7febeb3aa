import { z } from 'zod'
import { CheckpointId, Flops, Name } from '../registry/index.ts'
import { EvidenceList, Figure } from './evidence.ts'
import { Line, Link, Prose } from './text.ts'

export const CARD_FORMAT = 'safelevel-card/v1'
/** Where the JSON Schema of the format is published, below the address of the public site. */
export const CARD_SCHEMA_PATH = '/schemas/model-card.v1.json'

/** Who may read a part, widest first: each sees what those before it see. */
export const AUDIENCES = ['public', 'customers', 'authorities', 'internal'] as const
export const Audience = z.enum(AUDIENCES)
export type Audience = z.infer<typeof Audience>

const Share = z.number().min(0).max(1)
const Language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, 'a language tag (BCP 47): en, pt-BR')
const Items = (most: number) => z.array(Prose(2_000)).max(most).default([])
const When = z.iso.date('a date: 2026-03-31')

export const MODALITIES = ['text', 'image', 'audio', 'video', 'code', 'embedding', 'action'] as const
const Modalities = z.array(z.enum(MODALITIES)).max(MODALITIES.length).default([])

const Identity = z.strictObject({
  model: Name.meta({ description: 'the model line' }),
  checkpoint: CheckpointId.meta({ description: 'whose card this is: a new checkpoint has a new card' }),
  title: Line(200),
  developer: Line(200).nullable().default(null),
  developerAddress: Line(300).nullable().default(null),
  released: When.nullable().default(null),
  releasedInUnion: When.nullable()
    .default(null)
    .meta({ description: 'when it was placed on the market of the European Union' }),
  version: Line(60).nullable().default(null),
  licence: z
    .strictObject({
      id: Line(80).meta({ description: 'SPDX, where there is one: Apache-2.0; else `other`' }),
      name: Line(120).nullable().default(null),
      url: Link.nullable().default(null),
    })
    .nullable()
    .default(null),
  baseModel: Line(200).nullable().default(null),
  architecture: Prose(1_000).nullable().default(null),
  parameters: z.number().positive().max(1e16).nullable().default(null),
  contextTokens: z.int().positive().max(1e10).nullable().default(null),
  task: z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/, 'as Hugging Face names tasks: text-generation')
    .default('text-generation'),
  languages: z.array(Language).max(200).default([]),
  modalities: z.strictObject({ input: Modalities, output: Modalities }).prefault({}),
  contacts: z
    .array(z.strictObject({ for: Line(80), address: Link }))
    .max(20)
    .default([]),
  website: Link.nullable().default(null),
})

/** A sentence that somebody may rely on, with what bears it out. */
export const Claim = z.strictObject({ words: Prose(2_000), evidence: EvidenceList }).meta({ id: 'CardClaim' })

const TrainingData = z.strictObject({
  words: Prose(10_000).nullable().default(null),
  sources: z
    .array(
      z.strictObject({
        name: Line(200),
        kind: z.enum(['public', 'licensed', 'crawled', 'user', 'synthetic', 'other']),
        words: Prose(1_000).nullable().default(null),
      }),
    )
    .max(100)
    .default([]),
  cutoff: When.nullable().default(null).meta({ description: 'nothing newer was in it' }),
  curation: Prose(4_000).nullable().default(null).meta({ description: 'how it was chosen, cleaned and filtered' }),
  unlawfulAndBias: Prose(4_000).nullable().default(null).meta({
    description: 'what is done about data that must not be there, and about bias',
  }),
  figures: z.array(Figure).max(50).default([]),
})

const Compute = z.strictObject({
  flops: z.strictObject({ value: Flops, evidence: EvidenceList }).nullable().default(null),
  hardware: Prose(1_000).nullable().default(null),
  duration: Line(200).nullable().default(null),
  process: Prose(4_000).nullable().default(null).meta({ description: 'stages of training and what each is for' }),
  figures: z.array(Figure).max(50).default([]).meta({ description: 'energy (`training energy`, kWh) and the like' }),
})

/** One measured result. Figures are compiled from the evaluation; people write the conditions. */
export const EvaluationClaim = z
  .strictObject({
    name: Line(120).meta({ description: 'the suite and the variant that was tried: `biology-2026 helpful-only`' }),
    suite: Line(120),
    snapshot: Line(120).nullable().default(null),
    n: z.int().min(0).max(1e9).meta({ description: 'tasks' }),
    tries: z.int().min(0).max(1e9).nullable().default(null),
    metric: Line(80).meta({ description: '`tasks passed`, `tries passed`, or as others name theirs' }),
    value: z.number().min(-1e12).max(1e12),
    unit: Line(40).default('share'),
    interval: z
      .strictObject({
        lower: z.number(),
        upper: z.number(),
        level: Share.nullable().default(null).meta({ description: '0.9: nine in ten; null: no level of confidence' }),
        method: Line(200),
      })
      .nullable()
      .default(null),
    line: z.number().nullable().default(null).meta({ description: 'from which a threshold is met' }),
    date: When,
    conditions: Prose(2_000).nullable().default(null),
    by: Line(200).nullable().default(null).meta({ description: 'who measured it, when it was others' }),
    evidence: EvidenceList,
  })
  .meta({ id: 'CardEvaluation' })
export type EvaluationClaim = z.infer<typeof EvaluationClaim>

export const ThresholdClaim = z
  .strictObject({
    threshold: Name,
    domain: Name,
    verdict: z.enum(['BELOW', 'MET', 'INCONCLUSIVE']),
    words: Prose(2_000).nullable().default(null),
    date: When,
    evidence: EvidenceList,
  })
  .meta({ id: 'CardThreshold' })
export type ThresholdClaim = z.infer<typeof ThresholdClaim>

const Risks = z.strictObject({
  words: Prose(10_000).nullable().default(null),
  catastrophic: Prose(4_000).nullable().default(null).meta({
    description: 'how catastrophic risks were assessed, and what came of it',
  }),
  thirdParties: Prose(4_000)
    .nullable()
    .default(null)
    .meta({ description: 'which evaluators from outside took part, and how' }),
  framework: Prose(4_000)
    .nullable()
    .default(null)
    .meta({ description: 'the framework that was followed, and where it is published' }),
  thresholds: z.array(ThresholdClaim).max(50).default([]),
})

const Safeguards = z.strictObject({
  policy: z
    .strictObject({ version: Line(40), evidence: EvidenceList })
    .nullable()
    .default(null)
    .meta({ description: 'the acceptable use policy that was in force' }),
  classifiers: z.array(Claim).max(20).default([]),
  refusal: z.array(Claim).max(20).default([]),
  other: z.array(Claim).max(50).default([]),
})

const Deployment = z.strictObject({
  places: z
    .array(
      z.strictObject({
        deployment: Name,
        surfaces: z.array(z.strictObject({ kind: z.enum(['own', 'api', 'partner']), name: Name })).max(50),
        evidence: EvidenceList,
      }),
    )
    .max(20)
    .default([]),
  level: z.null().default(null).meta({
    description: 'no AI safety level is claimed: it would stand here only as far as the control catalogue proves it',
  }),
})

const Distribution = z.strictObject({
  channels: Items(20),
  weights: z.enum(['closed', 'on-request', 'open']).nullable().default(null),
  words: Prose(4_000).nullable().default(null),
  integration: Prose(4_000).nullable().default(null).meta({ description: 'what it takes to build it into a system' }),
})

/** A model card as its file holds it. Everything but the identity may be missing: lint says what a card owes. */
export const ModelCard = z
  .strictObject({
    format: z.literal(CARD_FORMAT, `must be ${CARD_FORMAT}: no other version is known here`),
    identity: Identity,
    summary: Prose(10_000).nullable().default(null),
    intendedUses: Items(50),
    outOfScopeUses: Items(50),
    capabilities: z.array(Claim).max(50).default([]),
    limitations: Items(50),
    tradeoffs: Items(50),
    trainingData: TrainingData.prefault({}),
    compute: Compute.prefault({}),
    evaluations: z.array(EvaluationClaim).max(200).default([]),
    risks: Risks.prefault({}),
    safeguards: Safeguards.prefault({}),
    deployment: Deployment.prefault({}),
    distribution: Distribution.prefault({}),
    acceptableUse: Prose(4_000).nullable().default(null),
    reporting: z
      .array(z.strictObject({ for: Line(200), where: z.union([Link, z.string().regex(/^\/[A-Za-z0-9/_.-]{0,200}$/)]) }))
      .max(20)
      .default([])
      .meta({ description: 'where to report a vulnerability or a harmful answer: an address, or a path of this site' }),
    changelog: z
      .array(z.strictObject({ date: When, words: Prose(1_000) }))
      .max(200)
      .default([]),
    freshness: z
      .strictObject({ maxAgeDays: z.int().min(1).max(366).default(183) })
      .prefault({})
      .meta({ description: 'evidence older than this no longer bears a claim out' }),
    withheld: z
      .array(
        z.strictObject({
          path: z
            .string()
            .regex(/^(\/[^/\s]{1,120}){1,6}$/, 'a JSON pointer: /compute/flops')
            .meta({ description: 'the part that is kept back; a list’s item by its place: /evaluations/0' }),
          audience: z.enum(['customers', 'authorities', 'internal']).meta({ description: 'who may read it' }),
          reason: Line(500).meta({ description: 'what everybody else reads in its place' }),
        }),
      )
      .max(100)
      .default([])
      .meta({ description: 'the redaction register: everything that stands nowhere in it is public' }),
  })
  .meta({ id: 'ModelCard' })
export type ModelCard = z.infer<typeof ModelCard>
