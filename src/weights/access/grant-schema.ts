import { z } from 'zod'
import { Bytes, Id, Name, Sha256, Thumbprint, VersionId, When, Words } from './basics.ts'

export const USES = ['run', 'program', 'serve', 'export'] as const
export const MAX_PATTERNS = 200

/** A file of the version, or all whose path begins with what stands before a `*` at the end. Canary files only ever by their whole path. */
const FilePattern = z.string().min(1).max(1_024)

const Destination = z.strictObject({
  host: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/, 'a host name or an address'),
  port: z.int().min(1).max(65_535),
})

/** Where an export goes, for how long it may stay there. */
const CopyTerms = z.strictObject({
  place: Words(300),
  days: z.int().min(1).max(365),
})

const Asked = {
  version: VersionId,
  files: z.array(FilePattern).min(1).max(MAX_PATTERNS),
  purpose: Words(2_000),
  use: z.enum(USES).meta({
    description: '`run`: in the sandbox; `program`: read by a program; `serve`: by a server; `export`: a copy',
  }),
  destination: Destination.nullable()
    .default(null)
    .meta({ description: 'all that the sandbox may reach; with `run` only' }),
  copy: CopyTerms.nullable().default(null).meta({ description: 'with `export`, and only then' }),
  budgetBytes: Bytes.meta({ description: 'at most so many bytes are given out' }),
  windowMinutes: z
    .int()
    .min(1)
    .max(366 * 1_440)
    .meta({ description: 'counted from the approval' }),
}

export const NewRequest = z
  .strictObject({ device: Id.meta({ description: 'id of the device that will open them' }), ...Asked })
  .meta({ id: 'NewWeightsRequest' })
export type NewRequest = z.input<typeof NewRequest>

/** What a device asks for itself, for its person to confirm. */
export const NewDraft = z.strictObject(Asked).meta({ id: 'NewWeightsDraft' })
export type NewDraft = z.input<typeof NewDraft>

/** Exactly what is signed: nothing that matters to the decision stands elsewhere. */
export const GrantStatement = z
  .strictObject({
    ...Asked,
    manifestDigest: Sha256.meta({ description: 'of the version as it is sealed' }),
    device: Id,
    thumbprint: Thumbprint,
    host: Name,
    environment: Name.nullable(),
  })
  .meta({ id: 'WeightsGrantStatement' })
export type GrantStatement = z.infer<typeof GrantStatement>

export const GRANT_STATES = ['active', 'revoked', 'expired', 'spent'] as const

export const Grant = z
  .object({
    id: z.string(),
    approval: z.string().nullable().meta({ description: 'null where the glass was broken' }),
    kind: z.enum(['person', 'standing', 'break_glass']),
    use: z.enum(USES),
    personId: z.string(),
    approvers: z.array(z.string()),
    device: z.string(),
    thumbprint: Thumbprint,
    host: Name,
    version: VersionId,
    manifestDigest: Sha256,
    files: z.array(z.string()),
    purpose: z.string(),
    destination: Destination.nullable(),
    environment: Name.nullable(),
    copy: z.string().nullable().meta({ description: 'id of the registered copy that it makes' }),
    budgetBytes: Bytes,
    startsAt: When.meta({ description: 'when it was approved' }),
    expiresAt: When,
    state: z.enum(GRANT_STATES),
    endedAt: When.nullable(),
    endedBy: z.string().nullable(),
    endedReason: z.string().nullable(),
  })
  .meta({ id: 'WeightsGrant' })
export type Grant = z.infer<typeof Grant>

/** What a device has asked for and its person has not sent on yet, or has. */
export const Draft = z
  .object({
    id: z.string(),
    device: z.string(),
    personId: z.string(),
    statement: GrantStatement,
    state: z.enum(['draft', 'sent', 'withdrawn', 'expired']),
    approval: z.string().nullable(),
    createdAt: When,
    expiresAt: When,
  })
  .meta({ id: 'WeightsDraft' })
export type Draft = z.infer<typeof Draft>

/** How a draft fares, for the device that waits. */
export const DraftProgress = z
  .object({
    draft: Draft,
    approval: z.object({ id: z.string(), state: z.string(), reason: z.string().nullable() }).nullable(),
    grant: Grant.nullable(),
  })
  .meta({ id: 'WeightsDraftProgress' })
export type DraftProgress = z.infer<typeof DraftProgress>
