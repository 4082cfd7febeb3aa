import { z } from 'zod'

export const DATASET_FORMAT = 'safelevel.constitution-dataset/1'
/** Files of a dataset's folder. What made it, and when, lies in `work`: that is never part of the dataset. */
export const DATASET_FILES = {
  manifest: 'manifest.json',
  records: 'records.jsonl',
  report: 'report.json',
  page: 'report.html',
} as const

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal')
const Share = z.number().min(0).max(1)
const Count = z.int().nonnegative()
const Id = z.string().min(1).max(200)
const Words = z.string().max(1_000_000)
const Name = z.string().max(500)

/** `harmful`: what should be refused or turned to the good; `helpful`: what should be answered. */
export const PROMPT_KINDS = ['harmful', 'helpful'] as const
export const PromptKind = z.enum(PROMPT_KINDS)
export type PromptKind = z.infer<typeof PromptKind>

export const Turn = z.strictObject({ role: z.enum(['user', 'assistant']), text: Words })
export type Turn = z.infer<typeof Turn>

/** Who wrote a text: what a person wrote is never called a model's. */
export const Author = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('model'),
    model: Name.meta({ description: 'as the configuration calls it' }),
    upstreamModel: Name.meta({ description: 'as its server calls it' }),
    server: Name.meta({ description: 'an address, or an upstream of the configuration' }),
    isSandbox: z.boolean().meta({ description: 'a fixture, and no model' }),
  }),
  z.strictObject({ kind: z.literal('person'), note: Name }),
])
export type Author = z.infer<typeof Author>

/** A text with its origin. */
export const Utterance = z.strictObject({
  text: Words,
  by: z.string().max(40).meta({ description: 'which of the authors: `model`, `critic`, `pairs`, `person`' }),
  call: Sha256.nullable().meta({ description: 'digest of the call that it answers; null = written by a person' }),
  end: z.enum(['stop', 'length', 'refusal']).nullable(),
})
export type Utterance = z.infer<typeof Utterance>

export const Prompt = z.strictObject({
  id: Id,
  kind: PromptKind,
  turns: z.array(Turn).min(1).max(200).meta({ description: 'the last is the user’s' }),
  digest: Sha256.meta({ description: 'of its turns, as JSON' }),
  category: Name.nullable(),
  source: Name.nullable(),
  licence: Name.nullable(),
})
export type Prompt = z.infer<typeof Prompt>

/** One critique and the revision that came of it. */
export const Round = z.strictObject({
  round: z.int().min(1).max(4),
  principle: Id,
  critique: Utterance,
  revision: Utterance,
})
export type Round = z.infer<typeof Round>

export const JUDGING = ['reasoning', 'probabilities', 'person'] as const

/** Both answers held against one principle, in both orders. */
export const Judgement = z.strictObject({
  principle: Id,
  firstShown: Share.nullable().meta({
    description: 'that `second` is better, with `first` shown first; null = no verdict',
  }),
  secondShown: Share.nullable().meta({ description: 'that `second` is better, with `second` shown first' }),
  calls: z.array(Sha256).max(4),
  reasoning: z
    .array(Words)
    .max(2)
    .meta({ description: 'thoughts before the verdict, by order; none with probabilities' }),
})
export type Judgement = z.infer<typeof Judgement>

export const Label = z.strictObject({
  raw: Share.meta({ description: 'that `second` is better: the mean over principles and orders' }),
  used: Share.meta({ description: 'after clamping to the run’s bounds' }),
})
export type Label = z.infer<typeof Label>

export const Pair = z.strictObject({
  origin: z.enum(['revision', 'samples', 'person']).meta({
    description: 'first answer and last revision; two draws of one question; or written by a person',
  }),
  first: Utterance,
  second: Utterance,
  judging: z.enum(JUDGING),
  judgements: z.array(Judgement).max(64),
  label: Label.nullable().meta({ description: 'null: nobody came to a verdict' }),
  preferred: z.enum(['first', 'second']).nullable().meta({ description: 'null: neither' }),
})
export type Pair = z.infer<typeof Pair>

export const FLAGS = [
  'failed',
  'left_out',
  'held_out',
  'near_duplicate',
  'unscreened',
  'harmful_answer',
  'harmful_preferred',
  'over_refusal',
  'senseless',
  'leaks_form',
  'copies_example',
  'cut_off',
  'undecided',
  'unjudged',
  'position_bias',
  'stock_opening',
  'stock_answer',
  'short_answer',
  'unchanged',
  'pointless_critique',
] as const
export const FlagName = z.enum(FLAGS)
export type FlagName = z.infer<typeof FlagName>

export const Flag = z.strictObject({
  flag: FlagName,
  about: Name.meta({ description: 'why, in words that hold no content: a clause and a score, a step, another record' }),
})
export type Flag = z.infer<typeof Flag>

export const USES = ['sft', 'preference'] as const
export type Use = (typeof USES)[number]

/** One prompt, all that was made of it, and what it may be used for. One line of `records.jsonl`. */
export const DatasetRecord = z
  .strictObject({
    id: Id.meta({ description: 'of its prompt; once in a dataset' }),
    prompt: Prompt,
    initial: Utterance.nullable(),
    rounds: z.array(Round).max(4),
    answer: Utterance.nullable().meta({
      description: 'what a model should say: the last revision, or the answer preferred',
    }),
    pair: Pair.nullable(),
    flags: z.array(Flag).max(40),
    dropped: z.strictObject({ sft: z.array(FlagName), preference: z.array(FlagName) }).meta({
      description: 'flags for which it is kept out of either use; none = it is exported',
    }),
    spotCheck: z.boolean().meta({ description: 'drawn for a person to look at' }),
    provenance: z.strictObject({
      seed: Count,
      constitution: Sha256,
      policyVersion: Name,
      authors: z.record(z.string().max(40), Author),
    }),
  })
  .meta({ id: 'ConstitutionRecord' })
export type DatasetRecord = z.infer<typeof DatasetRecord>

const Tally = z.record(FlagName.or(z.string()), Count)

/** What a dataset is, and how it was made: `manifest.json`. */
export const DatasetManifest = z
  .strictObject({
    format: z.literal(DATASET_FORMAT),
    name: Name,
    constitution: z.strictObject({ version: Name, digest: Sha256, principles: Count }),
    policy: z.strictObject({ version: Name, digest: Sha256.nullable() }),
    authors: z.record(z.string().max(40), Author),
    isSandbox: z.boolean().meta({ description: 'any of it is a fixture’s: it never counts as a model’s' }),
    seed: Count,
    settings: z.strictObject({
      rounds: z.int().min(0).max(4),
      pairs: z.enum(['revision', 'samples', 'person']),
      judging: z.enum(JUDGING),
      judgePrinciples: z.int().min(0).max(16),
      clamp: z.tuple([Share, Share]),
      tie: Share.meta({ description: 'a raw label nearer to one half than this is no preference' }),
      maxTokens: z.int().min(1),
      temperature: z.number().nullable(),
      spotChecks: Count,
    }),
    prompts: z.array(
      z.strictObject({
        file: Name.meta({ description: 'its name, without its folder' }),
        digest: Sha256,
        kind: PromptKind,
        count: Count,
        repeated: Count.meta({ description: 'left out: the same words as one before' }),
        licences: z.array(Name),
        sources: z.array(Name),
      }),
    ),
    records: z.strictObject({
      count: Count,
      digest: Sha256.meta({ description: 'of records.jsonl' }),
      harmful: Count,
      helpful: Count,
      failed: Count,
      sft: Count.meta({ description: 'exported for supervised tuning' }),
      preference: Count.meta({ description: 'exported as pairs' }),
      flags: Tally,
      dropped: z.strictObject({ sft: Tally, preference: Tally }),
      spotChecks: Count,
    }),
    screening: z.strictObject({ classifier: Name.nullable(), thresholds: z.enum(['calibrated', 'none']) }),
  })
  .meta({ id: 'ConstitutionDataset' })
export type DatasetManifest = z.infer<typeof DatasetManifest>
