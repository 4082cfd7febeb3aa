import { z } from 'zod'
import { Actor } from '../../ledger/index.ts'
import { pathProblem } from './formats/index.ts'

/**
 * Names of models, versions, hosts and environments: they stand in addresses, file names and event data. A version's is the checkpoint's
 * where one is registered.
 */
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'letters, digits, dots, dashes and underscores, at most 80')
export const VersionId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\/[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'model/version')
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256, 64 hexadecimal digits')
export const When = z.iso.datetime({ offset: false, error: 'a time in UTC: 2026-03-31T00:00:00Z' })

/** Within a model, as `pathProblem` wants them. */
export const VaultPath = z.string().superRefine((path, context) => {
  const problem = pathProblem(path)
  if (problem !== null) context.addIssue({ code: 'custom', message: `the path ${problem}` })
})

/** Of plaintext; 16 TiB, which no model has, fits the format many times over. */
export const SizeBytes = z
  .int()
  .nonnegative()
  .max(2 ** 44)

/** What one version is made of at most: sharded models have hundreds. */
export const MAX_FILES = 10_000

export const NewUpload = z
  .strictObject({
    model: Name,
    version: Name,
    files: z
      .array(z.strictObject({ path: VaultPath, sizeBytes: SizeBytes }))
      .min(1)
      .max(MAX_FILES),
    receipt: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .meta({ description: 'of the training gate, for a checkpoint that was just trained' }),
  })
  .meta({ id: 'NewVaultUpload' })
export type NewUpload = z.input<typeof NewUpload>

export const UploadFile = z
  .object({
    path: z.string(),
    sizeBytes: SizeBytes,
    partBytes: z.int().positive().meta({ description: 'of plaintext, in every part but the last' }),
    parts: z.int().positive(),
    stored: z.array(z.int().nonnegative()).meta({ description: 'parts that are in, from 0' }),
  })
  .meta({ id: 'VaultUploadFile' })

/** Weights on their way into the vault: which parts of which files are in, so that an interrupted upload goes on after them. */
export const Upload = z
  .object({
    id: z.string(),
    model: Name,
    version: Name,
    state: z.enum(['open', 'sealed', 'abandoned']),
    files: z.array(UploadFile),
    beganAt: When,
    endsAt: When.meta({ description: 'it is abandoned then, if it is not finished' }),
    by: Actor,
    receipt: z.string().nullable(),
  })
  .meta({ id: 'VaultUpload' })
export type Upload = z.infer<typeof Upload>

/** One version of a model in the vault. */
export const VaultVersion = z
  .object({
    id: VersionId,
    model: Name,
    version: Name,
    state: z.enum(['sealed', 'erased']),
    decoy: z.boolean().meta({ description: 'there to be touched by nobody; never shown to readers' }),
    sizeBytes: SizeBytes,
    fileCount: z.int().nonnegative(),
    manifestDigest: Sha256.meta({ description: 'of the manifest as RFC 8785 writes it' }),
    createdAt: When,
    by: Actor,
    receipt: z.string().nullable(),
    erasedAt: When.nullable(),
  })
  .meta({ id: 'VaultVersion' })
export type VaultVersion = z.infer<typeof VaultVersion>

/** One file of a version. */
export const VaultFile = z
  .object({
    version: VersionId,
    path: z.string(),
    position: z.int().nonnegative().meta({ description: 'in its version, from 0; events name files by it' }),
    sizeBytes: SizeBytes,
    sha256: Sha256.meta({ description: 'of the plaintext' }),
    segmentBytes: z.int().positive(),
    storedBytes: z.int().nonnegative(),
    sealedAt: When,
    canary: z.boolean().meta({ description: 'there to be touched by nobody; never shown to readers' }),
  })
  .meta({ id: 'VaultFile' })
export type VaultFile = z.infer<typeof VaultFile>

/** A file as the vault keeps it, from the beginning of its upload. */
export const StoredFile = z.object({
  /** `<upload>/<position, 5 digits>`, which is also where it lies in the store. */
  id: z.string(),
  model: Name,
  version: VersionId,
  path: z.string(),
  position: z.int().nonnegative(),
  state: z.enum(['open', 'sealed', 'abandoned', 'erased']),
  sizeBytes: SizeBytes,
  segmentBytes: z.int().positive(),
  partBytes: z.int().positive(),
  canary: z.boolean(),
  /** The ciphertext's first 74 bytes, base64: every part is sealed under it. */
  header: z.string(),
  /** Null once it is erased or abandoned. */
  wrappedKey: z.string().nullable(),
  /** What the store needs to put the parts together; empty where it needs nothing. */
  target: z.string(),
  /** Null until it is sealed. */
  sha256: Sha256.nullable(),
  sealedAt: When.nullable(),
  beganAt: When,
})
export type StoredFile = z.infer<typeof StoredFile>

/** An upload as the vault keeps it; its files are records of their own. */
export const StoredUpload = z.object({
  id: z.string(),
  model: Name,
  version: Name,
  state: z.enum(['open', 'sealed', 'abandoned']),
  decoy: z.boolean(),
  beganAt: When,
  endsAt: When,
  by: Actor,
  receipt: z.string().nullable(),
  /** Whether what its files left in the store is gone; asked for uploads that were abandoned. */
  cleared: z.boolean(),
})
export type StoredUpload = z.infer<typeof StoredUpload>

/** A version as the vault keeps it. */
export const StoredVersion = VaultVersion.extend({
  /** The upload that brought it; the folder of its objects in the store. */
  upload: z.string(),
  /** Whether its objects are gone from the store; asked for versions that were erased. */
  cleared: z.boolean(),
})
export type StoredVersion = z.infer<typeof StoredVersion>

/** How the last deep check of a version went. */
export const StoredCheck = z.object({ id: VersionId, at: When, findings: z.int().nonnegative() })
export type StoredCheck = z.infer<typeof StoredCheck>
