import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import type { VaultContext } from './context.ts'
import { ModelKey } from './keys/model-key.ts'
import {
  createModelKey,
  eraseModelKey,
  type ModelKeyRecord,
  newestVersion,
  rewrapModelKey,
  rotateModelKey,
} from './keys/model-key-record.ts'
import { FILE, MODEL_KEY } from './kinds.ts'
import { keyedFileOf } from './open-file.ts'
import { refreshRecoveryRecords } from './recovery-record.ts'
import type { StoredFile } from './schema.ts'

/** What a rotation came to. */
export interface Rotated {
  readonly model: string
  /** The version of the model's key by which everything is wrapped now. */
  readonly keyVersion: number
  /** Data keys that were wrapped anew; no file was touched. */
  readonly dataKeys: number
}

/** A key for a model that has none yet. @throws {AppError} CONFLICT when the model was erased; as `KeyProvider.wrap` */
export async function ensureModelKey(context: VaultContext, model: string, by: Actor): Promise<void> {
  const { keys, journal } = context
  const known = await keys.find(model)
  if (known !== null) return checkUsable(known)
  const made = await createModelKey(model, keys.provider, context)
  await journal.make(by, async (db) => {
    const other = await keys.find(model, db)
    if (other !== null) return { events: [], result: null }
    return { events: [keyEvent('key_created', made)], puts: [put(MODEL_KEY, made)], result: null }
  })
}

/**
 * Gives a model a new key, wraps its files' keys by it and erases the earlier one; no file is written anew. All of it or nothing.
 *
 * @throws {AppError} NOT_FOUND when the vault has no such model; CONFLICT when it is erased, or changes meanwhile; as `KeyProvider.wrap`
 */
export async function rotateKey(context: VaultContext, model: string, by: Actor): Promise<Rotated> {
  const { keys, journal } = context
  const before = await keys.get(model)
  checkUsable(before)
  const next = await rotateModelKey(before, keys.provider, context)
  const rotated = await journal.make(by, async (db) => {
    checkUnchanged(before, await keys.get(model, db))
    const files = await keyedFiles(db, model)
    const rewrapped = await rewrapFiles(next, files, context)
    const record = withoutFormer(next, context)
    const { version } = newestVersion(record)
    return {
      events: [keyEvent('key_rotated', record, { dataKeys: files.length })],
      puts: [put(MODEL_KEY, record), ...rewrapped.map((file) => put(FILE, file))],
      result: { model, keyVersion: version, dataKeys: files.length },
    }
  })
  await refreshRecoveryRecords(context, model)
  return rotated
}

/**
 * Wraps the keys of all models anew by the root key that is set up now: after it was rotated, or on the way to another key server, while
 * `weights.formerKeys` names the one before. Safe to run again.
 *
 * @returns how many models' keys were wrapped
 */
export async function rewrapRoot(context: VaultContext, by: Actor): Promise<number> {
  const { keys, journal, db } = context
  const models = await records.list(db, MODEL_KEY)
  let count = 0
  for (const before of models) {
    if (newestVersion(before).wrapped === null) continue
    const next = await rewrapModelKey(before, keys.providers, keys.provider)
    await journal.make(by, async (tx) => {
      checkUnchanged(before, await keys.get(before.model, tx))
      return { events: [keyEvent('key_rewrapped', next)], puts: [put(MODEL_KEY, next)], result: null }
    })
    await refreshRecoveryRecords(context, before.model)
    count++
  }
  return count
}

/** Files of a model that have a key: sealed ones, and those on their way. */
async function keyedFiles(db: Db, model: string): Promise<StoredFile[]> {
  const files = await records.list(db, FILE, { model })
  return files.filter(({ wrappedKey }) => wrappedKey !== null)
}

async function rewrapFiles(
  next: ModelKeyRecord,
  files: readonly StoredFile[],
  { keys }: VaultContext,
): Promise<StoredFile[]> {
  using key = new ModelKey(next, keys.providers)
  const rewrapped: StoredFile[] = []
  for (const file of files) {
    const wrappedKey = file.wrappedKey === null ? null : await key.rewrapDataKey(file.wrappedKey, keyedFileOf(file))
    rewrapped.push({ ...file, wrappedKey })
  }
  return rewrapped
}

/** Everything is under the newest version, so what was wrapped by the others, in a backup for example, opens no more by this record. */
function withoutFormer(record: ModelKeyRecord, { clock }: VaultContext): ModelKeyRecord {
  return record.versions.slice(0, -1).reduce((rest, { version }) => eraseModelKey(rest, clock, version), record)
}

function checkUsable(record: ModelKeyRecord): void {
  if (newestVersion(record).wrapped === null)
    throw new AppError('CONFLICT', `the key of ${record.model} was erased: a model of this name can't come back`)
}

function checkUnchanged(before: ModelKeyRecord, now: ModelKeyRecord): void {
  if (JSON.stringify(before) !== JSON.stringify(now))
    throw new AppError('CONFLICT', `the key of ${before.model} changed meanwhile: try again`)
}

function keyEvent(what: string, record: ModelKeyRecord, data: Readonly<Record<string, number>> = {}) {
  const { version, providerId } = newestVersion(record)
  return {
    kind: `weights.${what}`,
    subject: { type: 'vault_model_key', id: record.model },
    data: { version, provider: providerId, ...data },
  }
}
