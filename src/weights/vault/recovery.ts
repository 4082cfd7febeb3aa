import { toAppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import type { VaultContext } from './context.ts'
import { ModelKey } from './keys/model-key.ts'
import type { ModelKeyRecord } from './keys/model-key-record.ts'
import { FILE, MODEL_KEY, UPLOAD, VERSION } from './kinds.ts'
import { keyedFileOf } from './open-file.ts'
import { type Recovered, readRecoveryRecord } from './recovery-record.ts'
import type { StoredFile, StoredUpload } from './schema.ts'

/** What became of one version in the store. */
export interface RecoveryResult {
  /** `model/version`; the folder in the store where its record can't be read. */
  readonly version: string
  readonly outcome: 'restored' | 'known' | 'failed'
  readonly says: string
}

/**
 * Makes the vault's records anew out of the store, after the database was lost: the root key must be the one there was. What the database knows is
 * left as it is, erased versions too.
 *
 * @throws {AppError} UPSTREAM_UNAVAILABLE when the store does not answer; LEDGER_UNAVAILABLE
 */
export async function recover(context: VaultContext, by: Actor): Promise<RecoveryResult[]> {
  const results: RecoveryResult[] = []
  const found: Recovered[] = []
  for (const folder of await foldersOf(context)) {
    try {
      const record = await readRecoveryRecord(context, folder)
      if (record !== null) found.push(record)
    } catch (error) {
      results.push({ version: folder, outcome: 'failed', says: toAppError(error).message })
    }
  }
  // The newest key of a model first: records that a rotation did not come to are under an earlier one.
  for (const one of found.toSorted((a, b) => b.modelKey.versions.length - a.modelKey.versions.length))
    results.push(await restore(context, one, by))
  return results
}

async function foldersOf({ store }: VaultContext): Promise<Set<string>> {
  const folders = new Set<string>()
  for await (const name of store.list()) folders.add(name.slice(0, name.indexOf('/')))
  folders.delete('')
  return folders
}

async function restore(
  context: VaultContext,
  { version, files, modelKey }: Recovered,
  by: Actor,
): Promise<RecoveryResult> {
  const { id, model, manifestDigest: manifest, fileCount, sizeBytes } = version
  try {
    const isNew = await context.journal.make(by, async (db) => {
      if ((await records.find(db, VERSION, id)) !== null) return { events: [], result: false }
      const known = await context.keys.find(model, db)
      const rewrapped = known === null ? files : await underKnownKey(context, modelKey, known, files)
      const data = { files: fileCount, bytes: sizeBytes, manifest }
      return {
        events: [{ kind: 'weights.recovered', subject: { type: 'vault_version', id }, data }],
        puts: [
          ...(known === null ? [put(MODEL_KEY, modelKey)] : []),
          put(VERSION, version),
          ...(await missingUpload(db, version)),
          ...rewrapped.map((file) => put(FILE, file)),
        ],
        result: true,
      }
    })
    return isNew
      ? { version: id, outcome: 'restored', says: `${fileCount} files, ${sizeBytes} bytes` }
      : { version: id, outcome: 'known', says: 'it is in the database, and was left as it is' }
  } catch (error) {
    return { version: id, outcome: 'failed', says: toAppError(error).message }
  }
}

async function underKnownKey(
  { keys }: VaultContext,
  from: ModelKeyRecord,
  to: ModelKeyRecord,
  files: readonly StoredFile[],
): Promise<readonly StoredFile[]> {
  if (JSON.stringify(from) === JSON.stringify(to)) return files
  using theirs = new ModelKey(from, keys.providers)
  using ours = new ModelKey(to, keys.providers)
  const rewrapped: StoredFile[] = []
  for (const file of files) {
    const key = file.wrappedKey === null ? null : await theirs.unwrapDataKey(file.wrappedKey, keyedFileOf(file))
    rewrapped.push({ ...file, wrappedKey: key === null ? null : await ours.wrapDataKey(key, keyedFileOf(file)) })
    key?.fill(0)
  }
  return rewrapped
}

async function missingUpload(
  db: Db,
  { upload: id, model, version, decoy, createdAt, by, receipt }: Recovered['version'],
) {
  if ((await records.find(db, UPLOAD, id)) !== null) return []
  const dates = { beganAt: createdAt, endsAt: createdAt }
  const upload: StoredUpload = { id, model, version, state: 'sealed', decoy, ...dates, by, receipt, cleared: false }
  return [put(UPLOAD, upload)]
}
