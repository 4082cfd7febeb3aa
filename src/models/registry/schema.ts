import { z } from 'zod'

const MAX_FLOPS = 1e40
/** A billion times what one pass of the largest run takes: beyond it is a slip of the pen. */
const MAX_FACTOR = 1e9

/** Names of model lines, checkpoints, runs and deployments: they stand in addresses, file names and event data. */
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'letters, digits, dots, dashes and underscores, at most 80')
export const CheckpointId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\/[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'model/checkpoint')
export const Flops = z.number().positive().max(MAX_FLOPS).meta({ description: 'floating-point operations, cumulative' })
export const Loss = z.number().positive().max(1e6)
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256, 64 hexadecimal digits')
export const When = z.iso.datetime({ offset: false, error: 'a time in UTC: 2026-03-31T00:00:00Z' })
export const Words = (most: number) => z.string().trim().min(1).max(most)

/** Points of one family of models, for the curve that compute is read off from. */
export const CurveFamily = z
  .strictObject({
    lossSet: Name.meta({ description: 'the frozen set on which these losses, and those of checkpoints, are taken' }),
    points: z
      .array(z.strictObject({ flops: Flops, loss: Loss }))
      .min(1)
      .max(1_000),
  })
  .meta({ id: 'CurveFamily' })
export type CurveFamily = z.infer<typeof CurveFamily>

export const NewModel = z
  .strictObject({
    model: Name,
    title: Words(200).optional(),
    multiplier: z.number().min(1).max(MAX_FACTOR).default(1).meta({
      description: 'how much more each FLOP is worth by better algorithms, where no curve tells',
    }),
  })
  .meta({ id: 'NewModel' })
export type NewModel = z.input<typeof NewModel>

/** A model line: what is trained under one name, checkpoint after checkpoint. */
export const ModelLine = z
  .object({
    model: Name,
    title: z.string(),
    multiplier: z.number().min(1),
    family: CurveFamily.nullable(),
    extrapolation: z
      .object({ toFlops: Flops, by: z.string(), at: When, reason: z.string() })
      .nullable()
      .meta({ description: 'how far beyond the family the RSO lets the curve be read' }),
    registeredAt: When,
    registeredBy: z.string(),
  })
  .meta({ id: 'ModelLine' })
export type ModelLine = z.infer<typeof ModelLine>

/** Something that makes a model more capable without training it: a scaffold, tools, fine-tuning. */
export const ElicitationGain = z.strictObject({
  method: Name,
  factor: z.number().min(1).max(MAX_FACTOR).meta({ description: 'as if compute had been multiplied by this' }),
})
export type ElicitationGain = z.infer<typeof ElicitationGain>

export const NewCheckpoint = z
  .strictObject({
    model: Name,
    checkpoint: Name,
    flops: Flops,
    loss: Loss.nullable().default(null),
    lossSet: Name.nullable().default(null),
    takenAt: When.optional().meta({ description: 'now, when left out' }),
    run: Name.nullable().default(null),
    parent: CheckpointId.nullable().default(null).meta({ description: 'what it was trained on from, of any line' }),
    gains: z.array(ElicitationGain).max(50).default([]),
    weightsDigest: Sha256.nullable().default(null),
    receipt: z
      .string()
      .max(100)
      .nullable()
      .default(null)
      .meta({ description: 'id of the answer of the training gate' }),
  })
  .meta({ id: 'NewCheckpoint' })
export type NewCheckpoint = z.input<typeof NewCheckpoint>

/** A state of the weights. Stands as it was recorded. */
export const Checkpoint = z
  .object({
    id: CheckpointId,
    model: Name,
    checkpoint: Name,
    flops: Flops,
    loss: Loss.nullable(),
    lossSet: Name.nullable(),
    takenAt: When,
    recordedAt: When,
    recordedBy: z.string(),
    run: Name.nullable(),
    parent: CheckpointId.nullable(),
    gains: z.array(ElicitationGain),
    weightsDigest: Sha256.nullable(),
    receipt: z.string().nullable(),
  })
  .meta({ id: 'Checkpoint' })
export type Checkpoint = z.infer<typeof Checkpoint>

export const NewRun = z
  .strictObject({
    model: Name,
    run: Name,
    parent: CheckpointId.nullable().default(null),
    plannedFlops: Flops.meta({ description: 'cumulative, at the planned end' }),
    safetyReview: Words(500)
      .nullable()
      .default(null)
      .meta({ description: 'where the review of this run is on record' }),
  })
  .meta({ id: 'NewRun' })
export type NewRun = z.input<typeof NewRun>

/** A training run, planned or under way. */
export const Run = z
  .object({
    id: z.string().meta({ description: 'model/run' }),
    model: Name,
    run: Name,
    parent: CheckpointId.nullable(),
    plannedFlops: Flops,
    safetyReview: z.object({ reference: z.string(), by: z.string(), at: When }).nullable(),
    declaredAt: When,
    declaredBy: z.string(),
    endedAt: When.nullable(),
  })
  .meta({ id: 'Run' })
export type Run = z.infer<typeof Run>

export const Surface = z.strictObject({
  kind: z.enum(['own', 'api', 'partner']),
  name: Name.meta({ description: 'of the product, of the gateway’s surface, of the partner' }),
  gatewayModels: z.array(z.string().min(1).max(200)).max(50).default([]).meta({
    description: 'names under which the gateway serves it; none = it can’t be halted from here',
  }),
})
export type Surface = z.infer<typeof Surface>

export const NewDeployment = z
  .strictObject({
    deployment: Name,
    checkpoint: CheckpointId,
    surfaces: z.array(Surface).min(1).max(50),
  })
  .meta({ id: 'NewDeployment' })
export type NewDeployment = z.input<typeof NewDeployment>

/** A checkpoint where people can reach it. Whether it is open is for the rooms that answer for it. */
export const Deployment = z
  .object({
    id: Name,
    model: Name,
    checkpoint: CheckpointId,
    surfaces: z.array(Surface),
    declaredAt: When,
    declaredBy: z.string(),
    frozen: z
      .object({ at: When, organisations: z.array(z.string()) })
      .nullable()
      .meta({ description: 'who was a customer when it was halted; null = not halted' }),
    withdrawnAt: When.nullable(),
  })
  .meta({ id: 'Deployment' })
export type Deployment = z.infer<typeof Deployment>

/** A method of elicitation that has become known: every assessment before it was made without it. */
export const NewElicitation = z
  .strictObject({
    model: Name.nullable().default(null).meta({ description: 'null = it concerns every model' }),
    method: Name,
    factor: ElicitationGain.shape.factor.default(1),
    title: Words(500),
    learnedAt: When.optional(),
  })
  .meta({ id: 'NewElicitation' })
export type NewElicitation = z.input<typeof NewElicitation>

export const Elicitation = z
  .object({
    id: z.string(),
    model: Name.nullable(),
    method: Name,
    factor: ElicitationGain.shape.factor,
    title: z.string(),
    learnedAt: When,
    recordedAt: When,
    recordedBy: z.string(),
  })
  .meta({ id: 'Elicitation' })
export type Elicitation = z.infer<typeof Elicitation>
