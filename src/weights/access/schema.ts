import { z } from 'zod'
import { Bytes, Id, Name, VersionId, When, Words } from './basics.ts'

export const LockScope = z
  .union([z.literal('all'), z.strictObject({ model: Name })])
  .meta({ id: 'WeightsLockScope', description: '`all`, or one model' })
export type LockScope = z.infer<typeof LockScope>

/** Whom a lock is on: found by `id`, and seen as `shown`, which may be a pseudonym. */
export interface PersonScope {
  readonly person: { readonly id: string; readonly shown: string }
}

/** Nobody opens what it covers. Several may stand on the same model: each is lifted by itself. */
export const Lock = z
  .object({
    id: z.string(),
    model: Name.nullable().meta({ description: 'null = all' }),
    person: z
      .string()
      .nullable()
      .default(null)
      .meta({ description: 'null = nobody opens what it covers; else only this person doesn’t, here by pseudonym' }),
    state: z.enum(['stands', 'lifted']),
    reason: z.string(),
    lockedAt: When,
    lockedBy: z.string(),
    liftedAt: When.nullable(),
    approval: z.string().nullable(),
  })
  .meta({ id: 'WeightsLock' })
export type Lock = z.infer<typeof Lock>

/** As it is stored: with the id of whom it is on. */
export const StoredLock = Lock.extend({ personId: z.string().nullable().default(null) })
export type StoredLock = z.infer<typeof StoredLock>

export const UnlockRequest = z
  .strictObject({
    lock: Id,
    model: Name.nullable(),
    person: z.string().max(100).nullable().default(null).meta({ description: 'as the lock names them' }),
  })
  .meta({ id: 'WeightsUnlockRequest' })
export type UnlockRequest = z.infer<typeof UnlockRequest>

export const GlassRequest = z
  .strictObject({
    threshold: z.int().min(2).max(15),
    shares: z.int().min(2).max(15),
  })
  .refine(({ threshold, shares }) => threshold <= shares, 'threshold: at most as many as there are shares')
  .meta({ id: 'WeightsGlassRequest' })
export type GlassRequest = z.infer<typeof GlassRequest>

export const GLASS_STATES = ['agreed', 'armed', 'broken', 'reviewed', 'replaced', 'lapsed'] as const

/** A set of shares: `agreed` by two people, `armed` once dealt, `broken` by use, `reviewed` by somebody else. */
export const Glass = z
  .object({
    id: z.string(),
    state: z.enum(GLASS_STATES),
    threshold: z.int(),
    shares: z.int(),
    approval: z.string(),
    requester: z.string(),
    agreedAt: When,
    secretHash: z.string().nullable().meta({ description: 'SHA-256 of the shared secret' }),
    shareHashes: z.array(z.string()),
    dealtAt: When.nullable(),
    brokenAt: When.nullable(),
    brokenBy: z.string().nullable(),
    grant: z.string().nullable(),
    reason: z.string().nullable(),
    reviewDueAt: When.nullable(),
    overdueNotedAt: When.nullable(),
    reviewedAt: When.nullable(),
    reviewedBy: z.string().nullable(),
    findings: z.string().nullable(),
  })
  .meta({ id: 'WeightsGlassRecord' })
export type Glass = z.infer<typeof Glass>

/** Without what only checks shares. */
export const GlassView = Glass.omit({ secretHash: true, shareHashes: true }).meta({ id: 'WeightsGlass' })
export type GlassView = z.infer<typeof GlassView>

export const GlassShares = z
  .object({ shares: z.array(z.string()).meta({ description: 'one for each custodian; shown this once' }) })
  .meta({ id: 'WeightsGlassShares' })
export type GlassShares = z.infer<typeof GlassShares>

export const NewBreak = z
  .strictObject({
    shares: z.array(z.string().max(200)).min(1).max(15),
    device: Id,
    version: VersionId,
    files: z.array(z.string().min(1).max(1_024)).min(1).max(200),
    use: z.enum(['run', 'program']),
    budgetBytes: Bytes,
    minutes: z.int().min(1).max(1_440),
    reason: Words(2_000),
  })
  .meta({ id: 'NewWeightsBreak' })
export type NewBreak = z.input<typeof NewBreak>

export const ITEM_TYPES = ['device', 'environment', 'grant', 'copy'] as const

export const CampaignItem = z.object({
  type: z.enum(ITEM_TYPES),
  id: z.string(),
  owner: z.string(),
  state: z.enum(['open', 'confirmed', 'revoked', 'gone']),
  by: z.string().nullable(),
  at: When.nullable(),
})
export type CampaignItem = z.infer<typeof CampaignItem>

/** A recertification: each item is confirmed by somebody else than its owner until the due day, or revoked. */
export const Campaign = z
  .object({
    id: z.string(),
    state: z.enum(['open', 'closed']),
    startedAt: When,
    startedBy: z.string(),
    dueAt: When,
    closedAt: When.nullable(),
    items: z.array(CampaignItem),
  })
  .meta({ id: 'WeightsCampaign' })
export type Campaign = z.infer<typeof Campaign>

export const ItemRef = z.strictObject({ type: z.enum(ITEM_TYPES), id: Id }).meta({ id: 'WeightsCampaignItemRef' })
export type ItemRef = z.infer<typeof ItemRef>

export const NewCopy = z
  .strictObject({
    version: VersionId,
    place: Words(300).meta({ description: 'where it lies' }),
    owner: Id.meta({ description: 'the person who answers for it' }),
    days: z.int().min(1).max(365),
  })
  .meta({ id: 'NewWeightsCopy' })
export type NewCopy = z.input<typeof NewCopy>

export const Copy = z
  .object({
    id: z.string(),
    version: VersionId,
    place: z.string(),
    owner: z.string(),
    grant: z.string().nullable().meta({ description: 'that made it; null for one that was there already' }),
    state: z.enum(['stands', 'destroyed']),
    registeredAt: When,
    registeredBy: z.string(),
    expiresAt: When,
    overdueNotedAt: When.nullable(),
    recalledAt: When.nullable().meta({ description: 'when a recertification did not confirm it' }),
    destroyedAt: When.nullable(),
    destroyedBy: z.string().nullable(),
    destroyedHow: z.string().nullable(),
  })
  .meta({ id: 'WeightsCopy' })
export type Copy = z.infer<typeof Copy>

export const CopyExtension = z
  .strictObject({ copy: Id, place: Words(300), owner: Id, days: z.int().min(1).max(365) })
  .meta({ id: 'WeightsCopyExtension' })
export type CopyExtension = z.infer<typeof CopyExtension>

export const NewCustody = z
  .strictObject({
    model: Name,
    place: Words(300).meta({ description: 'who keeps the weights, and where' }),
    statement: Words(4_000).meta({ description: 'how they are kept there, and how that was looked at' }),
    days: z.int().min(1).max(90).default(90),
  })
  .meta({ id: 'NewWeightsCustody' })
export type NewCustody = z.input<typeof NewCustody>

/** The CISO's word that a model's weights are kept elsewhere; holds for 90 days at most. */
export const Custody = z
  .object({
    model: Name,
    place: z.string(),
    statement: z.string(),
    statedAt: When,
    statedBy: z.string(),
    expiresAt: When,
    endedAt: When.nullable(),
    endedBy: z.string().nullable(),
  })
  .meta({ id: 'WeightsCustody' })
export type Custody = z.infer<typeof Custody>

export const OverlaySwitch = z.strictObject({ on: z.boolean() }).meta({ id: 'WeightsOverlaySwitch' })
export type OverlaySwitch = z.infer<typeof OverlaySwitch>

/** Whether the stretch of ASL-3 holds: access agreed to by two groups, budgets for bytes that leave. */
export const Overlay = z
  .object({
    id: z.literal('asl3-stretch'),
    on: z.boolean(),
    switchedAt: When.nullable(),
    switchedBy: z.array(z.string()),
    approval: z.string().nullable(),
  })
  .meta({ id: 'WeightsOverlay' })
export type Overlay = z.infer<typeof Overlay>

export const NewCanaryModel = z
  .strictObject({ model: Name, version: Name, sizeBytes: z.int().min(1_024).max(1_099_511_627_776) })
  .meta({ id: 'NewCanaryModel' })
export type NewCanaryModel = z.input<typeof NewCanaryModel>

export const NewCanaryFile = z
  .strictObject({
    version: VersionId,
    path: z
      .string()
      .min(1)
      .max(1_024)
      .refine((path) => !path.includes('*'), 'no `*`: a canary is only ever named whole'),
    sizeBytes: z.int().min(1_024).max(1_099_511_627_776),
  })
  .meta({ id: 'NewCanaryFile' })
export type NewCanaryFile = z.input<typeof NewCanaryFile>

/** A decoy that nobody has a reason to touch. */
export const Canary = z
  .object({
    id: z.string(),
    version: VersionId,
    path: z.string().nullable().meta({ description: 'null = the whole version' }),
    plantedAt: When,
    plantedBy: z.string(),
    touches: z.int().nonnegative(),
    lastTouchedAt: When.nullable(),
    drilledAt: When.nullable(),
    state: z.enum(['planted', 'gone']),
  })
  .meta({ id: 'WeightsCanary' })
export type Canary = z.infer<typeof Canary>

export const DrillResult = z
  .object({
    at: When,
    items: z.array(z.object({ canary: z.string(), ok: z.boolean(), says: z.string() })),
  })
  .meta({ id: 'WeightsCanaryDrill' })
export type DrillResult = z.infer<typeof DrillResult>
