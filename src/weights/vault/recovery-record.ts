import { z } from 'zod'
import { readBase64 } from '../../base/base64.ts'
import { AppError } from '../../base/errors.ts'
import { seal, unseal } from '../../base/sealing.ts'
import { records } from '../records/index.ts'
import type { VaultContext } from './context.ts'
import { ModelKey } from './keys/model-key.ts'
import { ModelKeyRecord } from './keys/model-key-record.ts'
import { VERSION } from './kinds.ts'
import { StoredFile, StoredVersion } from './schema.ts'
import { sealedFiles } from './versions.ts'

const FORMAT = 'safelevel-vault-recovery/v1'
const KEY_BYTES = 32
/** No file can have it, so that no file's key is ever the record's. */
const RECORD_PATH = ' recovery'

/**
 * What stands in the store beside the files of a version, so that it can be found again when the database is lost: the model's key, wrapped, and
 * everything else sealed under it. Whoever sees the store learns the model's name from it, and no more.
 */
const RecoveryRecord = z.strictObject({
  format: z.literal(FORMAT),
  version: z.string(),
  modelKey: ModelKeyRecord,
  wrappedKey: z.string(),
  sealed: z.string(),
})

const Contents = z.strictObject({ version: StoredVersion, files: z.array(StoredFile) })
export type Recovered = z.infer<typeof Contents> & { readonly modelKey: ModelKeyRecord }

export async function writeRecoveryRecord(
  { keys, store, ids }: VaultContext,
  version: StoredVersion,
  files: readonly StoredFile[],
): Promise<void> {
  const modelKey = await keys.get(version.model)
  const key = ids.bytes(KEY_BYTES)
  try {
    const wrappedKey = await keys.useRecord(modelKey, (model) => model.wrapDataKey(key, keyedRecord(version.id)))
    const text = Buffer.from(JSON.stringify({ version, files: files.map((file) => ({ ...file, state: 'sealed' })) }))
    const sealed = seal(key, text, bindingOf(version.id, version.upload), ids).toString('base64')
    const record = { format: FORMAT, version: version.id, modelKey, wrappedKey, sealed }
    await store.writeNote(recordPath(version.upload), JSON.stringify(record))
  } finally {
    key.fill(0)
  }
}

/** Writes those of a model anew, after its key has changed. */
export async function refreshRecoveryRecords(context: VaultContext, model: string): Promise<void> {
  for (const version of await records.list(context.db, VERSION, { model, state: 'sealed' }))
    await writeRecoveryRecord(context, version, await sealedFiles(context.db, version.id))
}

/**
 * @param upload the folder of the version in the store
 * @returns null when there is none
 * @throws {AppError} VERIFICATION_FAILED when it was changed, or belongs to other root keys; as `KeyProvider.unwrap`
 */
export async function readRecoveryRecord({ keys, store }: VaultContext, upload: string): Promise<Recovered | null> {
  const text = await store.readNote(recordPath(upload))
  if (text === null) return null
  const { version, modelKey, wrappedKey, sealed } = parse(RecoveryRecord, text)
  using modelKeyInUse = new ModelKey(modelKey, keys.providers)
  const key = await modelKeyInUse.unwrapDataKey(wrappedKey, keyedRecord(version))
  try {
    const contents = parse(Contents, unsealed(key, sealed, bindingOf(version, upload)))
    if (
      contents.version.id !== version ||
      contents.version.upload !== upload ||
      contents.version.model !== modelKey.model
    )
      throw changed()
    return { ...contents, modelKey }
  } finally {
    key.fill(0)
  }
}

export function recordPath(upload: string): string {
  return `${upload}/recovery.json`
}

function unsealed(key: Buffer, sealed: string, binding: string): string {
  const bytes = readBase64(sealed)
  if (bytes === null) throw changed()
  try {
    return unseal(key, bytes, binding).toString()
  } catch (cause) {
    throw changed(cause)
  }
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw changed(cause)
  }
}

function changed(cause?: unknown): AppError {
  return new AppError('VERIFICATION_FAILED', 'a recovery record in the store was changed, or is none', { cause })
}

function keyedRecord(version: string) {
  return { modelVersion: version, path: RECORD_PATH }
}

function bindingOf(version: string, upload: string): string {
  return [FORMAT, version, upload].join('\n')
}
