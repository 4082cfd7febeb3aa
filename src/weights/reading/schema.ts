import { z } from 'zod'

const Bytes = z.int().nonnegative()
const When = z.iso.datetime()
const Share = z.number().min(0).max(1)

/** Of whom bytes are counted, in the order in which their buckets are locked. */
export const BUDGET_KINDS = ['person', 'host', 'model', 'organisation'] as const
export const BudgetKind = z.enum(BUDGET_KINDS)
export type BudgetKind = z.infer<typeof BudgetKind>

/** For everybody of a kind who has no budget by name. */
export const EVERYBODY = '*'
const MOST_BYTES = 2 ** 50

export const NewBudget = z
  .strictObject({
    kind: BudgetKind,
    id: z.string().min(1).max(100).meta({
      description: 'person id, host, or model; `*` for each that has none of its own; the organisation is `*`',
    }),
    capacityBytes: z.int().min(0).max(MOST_BYTES).meta({ description: 'at most so many at once' }),
    bytesPerDay: z.int().min(0).max(MOST_BYTES).meta({ description: 'so many come back in a day' }),
  })
  .refine(({ kind, id }) => kind !== 'organisation' || id === EVERYBODY, 'the organisation is `*`')
  .meta({ id: 'NewWeightsBudget' })
export type NewBudget = z.infer<typeof NewBudget>

/** What may leave for one of a kind, as it was set; without limit where `lifted`. */
export const Budget = z
  .object({
    ...NewBudget.shape,
    lifted: z.boolean().default(false),
    setAt: When,
    setBy: z.array(z.string()).meta({ description: 'one person to lower it; who asked and who agreed to raise it' }),
    approval: z.string().nullable(),
  })
  .meta({ id: 'WeightsBudget' })
export type Budget = z.infer<typeof Budget>

export const BudgetLift = z.strictObject({ kind: BudgetKind, id: z.string().min(1).max(100) })

/** What two people agree to: more than there was, or no limit. */
export const BudgetRaise = z
  .union([NewBudget, z.strictObject({ ...BudgetLift.shape, lifted: z.literal(true) })])
  .meta({ id: 'WeightsBudgetRaise' })
export type BudgetRaise = z.infer<typeof BudgetRaise>

export const BudgetView = z
  .object({
    kind: BudgetKind,
    id: z.string(),
    source: z
      .enum(['set', 'everybody', 'overlay'])
      .meta({ description: '`overlay`: none is set, and asl3-stretch asks for one' }),
    capacityBytes: Bytes,
    bytesPerDay: Bytes,
    leftBytes: Bytes.meta({ description: 'that may leave now' }),
    sizeBytes: Bytes.nullable().meta({
      description: 'of the largest version that it guards; null while there is none',
    }),
    daysToExfiltrate: z
      .number()
      .nullable()
      .meta({ description: 'until that version could have left, from a full bucket on; null = never' }),
    setAt: When.nullable(),
    setBy: z.array(z.string()),
  })
  .meta({ id: 'WeightsBudgetView' })
export type BudgetView = z.infer<typeof BudgetView>

/** How much of a version somebody has ever read, by blocks. */
export const CoverageView = z
  .object({
    personId: z.string(),
    version: z.string(),
    bytes: Bytes.meta({ description: 'in blocks of which something was read: never less than what was' }),
    sizeBytes: Bytes,
    share: Share,
    files: z.array(z.object({ path: z.string(), bytes: Bytes, sizeBytes: Bytes, share: Share })),
  })
  .meta({ id: 'WeightsCoverage' })
export type CoverageView = z.infer<typeof CoverageView>

export const UsageView = z
  .object({ grant: z.string(), usedBytes: Bytes, budgetBytes: Bytes, leftBytes: Bytes })
  .meta({ id: 'WeightsUsage' })
export type UsageView = z.infer<typeof UsageView>

export const SessionView = z
  .object({
    token: z
      .string()
      .meta({ description: 'send it as `authorization: DPoP …`, each time with a proof of the same key' }),
    tokenType: z.literal('DPoP'),
    expiresAt: When,
    grant: z.string(),
    version: z.string(),
    manifestDigest: z.hash('sha256'),
    leftBytes: Bytes,
  })
  .meta({ id: 'WeightsSession' })
export type SessionView = z.infer<typeof SessionView>

export const FileView = z
  .object({
    n: z.int().nonnegative().meta({ description: 'position, by which it is read' }),
    path: z.string(),
    sizeBytes: Bytes,
    sha256: z.hash('sha256'),
  })
  .meta({ id: 'WeightsFile' })
export type FileView = z.infer<typeof FileView>

export const TensorView = z
  .object({
    name: z.string(),
    dtype: z.string().meta({ description: 'as the format spells it: `BF16`, `Q4_K`' }),
    shape: z.array(z.int().nonnegative()),
    start: Bytes.meta({ description: 'bytes from the file’s beginning' }),
    length: Bytes,
  })
  .meta({ id: 'WeightsTensor' })
export type TensorView = z.infer<typeof TensorView>
