import { z } from 'zod'
import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { records } from '../records/index.ts'
import { clearStore } from './clearing.ts'
import type { VaultContext } from './context.ts'
import { eraseModelKey, newestVersion } from './keys/model-key-record.ts'
import { FILE, MODEL_KEY, UPLOAD, VERSION } from './kinds.ts'
import { Name, type StoredFile, type StoredUpload, type StoredVersion, VersionId } from './schema.ts'

/** The name under which two people erase weights. */
export const ERASE_ACTION = 'weights.erase'

export const Erasure = z
  .strictObject({
    version: VersionId.optional().meta({ description: 'one version' }),
    model: Name.optional().meta({
      description: 'or a model, with its key: nothing of it opens again, and its name is used up',
    }),
    reason: z.string().trim().min(1).max(2_000),
  })
  .refine(({ version, model }) => (version === undefined) !== (model === undefined), 'name a version or a model')
  .meta({ id: 'VaultErasure' })
export type Erasure = z.infer<typeof Erasure>

const SYSTEM: Actor = { type: 'system', id: 'vault' }

/** What goes. */
interface Doomed {
  readonly versions: readonly StoredVersion[]
  readonly uploads: readonly StoredUpload[]
  readonly files: readonly StoredFile[]
}

/**
 * For the engine of approvals: a security engineer or the CISO asks, the CISO or the CEO agrees, and the keys are gone; what they opened then goes
 * from the store, which needs no trust for it.
 *
 * @param closeErased ends what is being read of it
 */
export function erasing(context: VaultContext, closeErased: () => Promise<void>): ActionDefinition<Erasure> {
  return {
    schema: Erasure,
    fresh: true,
    rule: () => twoPeople(['security_engineer', 'ciso'], ['ciso', 'ceo']),
    check: async (erasure) => {
      await doomedBy(context.db, erasure)
      await keyMustStand(context, context.db, erasure)
    },
    execute: async (erasure, { id }) => {
      await context.journal.make(SYSTEM, (db) => decide(context, db, erasure, id))
      await closeErased()
      await clearStore(context).catch((err: unknown) =>
        context.log.warn({ err }, 'erased weights not yet cleared from the store'),
      )
    },
  }
}

async function decide(context: VaultContext, db: Db, erasure: Erasure, approval: string) {
  const { versions, uploads, files } = await doomedBy(db, erasure)
  const erasedAt = iso(context.clock.now())
  const key = erasure.model === undefined ? null : await records.find(db, MODEL_KEY, erasure.model)
  const standing = versions.filter(({ state }) => state === 'sealed')
  const hasKey = key !== null && newestVersion(key).wrapped !== null
  if (standing.length === 0 && uploads.length === 0 && !hasKey) return { events: [], result: null } // done before a crash
  const subject =
    erasure.model === undefined
      ? { type: 'vault_version', id: erasure.version ?? '' }
      : { type: 'vault_model_key', id: erasure.model }
  const data = { approval, versions: standing.length, files: files.length }
  return {
    events: [{ kind: 'weights.erased', subject, data }],
    puts: [
      ...(hasKey ? [put(MODEL_KEY, eraseModelKey(key, context.clock))] : []),
      ...standing.map((version) => put(VERSION, { ...version, state: 'erased' as const, erasedAt })),
      ...uploads.map((upload) => put(UPLOAD, { ...upload, state: 'abandoned' as const })),
      ...files.map((file) => put(FILE, { ...file, state: 'erased' as const, wrappedKey: null })),
    ],
    result: null,
  }
}

/** @throws {AppError} NOT_FOUND */
async function doomedBy(db: Db, { version, model }: Erasure): Promise<Doomed> {
  if (version !== undefined) {
    const found = await records.find(db, VERSION, version)
    if (found === null) throw new AppError('NOT_FOUND', `the vault has no version ${version}`)
    return { versions: [found], uploads: [], files: withKey(await records.list(db, FILE, { about: version })) }
  }
  const versions = await records.list(db, VERSION, { model })
  const uploads = await records.list(db, UPLOAD, { model, state: 'open' })
  if (versions.length === 0 && uploads.length === 0) throw new AppError('NOT_FOUND', `the vault has no model ${model}`)
  return { versions, uploads, files: withKey(await records.list(db, FILE, { model })) }
}

/** @throws {AppError} CONFLICT when it was erased before */
async function keyMustStand(context: VaultContext, db: Db, { version, model }: Erasure): Promise<void> {
  const found = version === undefined ? null : await records.find(db, VERSION, version)
  if (found?.state === 'erased') throw new AppError('CONFLICT', `${version} is erased already`)
  const key = model === undefined ? null : await context.keys.find(model, db)
  if (key !== null && newestVersion(key).wrapped === null) throw new AppError('CONFLICT', `${model} is erased already`)
}

function withKey(files: readonly StoredFile[]): StoredFile[] {
  return files.filter(({ wrappedKey }) => wrappedKey !== null)
}
