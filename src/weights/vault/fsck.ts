import { iso } from '../../base/clock.ts'
import { AppError, toAppError } from '../../base/errors.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import type { VaultContext } from './context.ts'
import { CHECK, UPLOAD, VERSION } from './kinds.ts'
import { manifestDigest } from './manifest.ts'
import { openStored } from './open-file.ts'
import { objectOf } from './parts.ts'
import { readRecoveryRecord, writeRecoveryRecord } from './recovery-record.ts'
import type { StoredFile, StoredVersion } from './schema.ts'
import { digestOf } from './sealing.ts'
import { sealedFiles } from './versions.ts'

/** Something that is not as it should be. */
export interface VaultFinding {
  /** `model/version`; null for what belongs to none. */
  readonly version: string | null
  /** Of the file in its version; null for the version itself. */
  readonly position: number | null
  readonly problem:
    | 'file_missing'
    | 'file_size'
    | 'file_damaged'
    | 'digest_wrong'
    | 'manifest_wrong'
    | 'key_lost'
    | 'record_missing'
    | 'record_stale'
    | 'orphan'
    | 'not_checked'
  readonly says: string
}

export interface FsckOptions {
  readonly model?: string | undefined
  /** `model/version` */
  readonly version?: string | undefined
  /** Decrypts everything and compares digests; else what is there and how large it is. */
  readonly deep: boolean
  readonly signal?: AbortSignal | undefined
  /** Bytes of plaintext that were compared since it was last told. */
  readonly onProgress?: (bytes: number) => void
  /** On whose behalf; deep checks are on the ledger. */
  readonly by: Actor
}

/**
 * Looks whether what is in the store is what the vault has sealed, and writes anew what the store needs for recovery where that is missing or old.
 * Findings come as they are made.
 *
 * @throws {AppError} NOT_FOUND for a version that is not in the vault; UPSTREAM_UNAVAILABLE when the store does not answer at all
 */
export async function* fsck(
  context: VaultContext,
  options: FsckOptions,
): AsyncGenerator<VaultFinding, void, undefined> {
  const versions = await chosen(context, options)
  for (const version of versions) {
    options.signal?.throwIfAborted()
    let count = 0
    for await (const finding of checkVersion(context, version, options)) {
      count++
      yield finding
    }
    if (options.deep) await noteCheck(context, version, count, options.by)
  }
  if (options.version === undefined && options.model === undefined) yield* orphans(context)
}

async function chosen({ db }: VaultContext, { model, version }: FsckOptions): Promise<StoredVersion[]> {
  if (version === undefined) return await records.list(db, VERSION, { model, state: 'sealed' })
  const found = await records.find(db, VERSION, version)
  if (found === null) throw new AppError('NOT_FOUND', `the vault has no version ${version}`)
  return found.state === 'sealed' ? [found] : []
}

async function* checkVersion(
  context: VaultContext,
  version: StoredVersion,
  options: FsckOptions,
): AsyncGenerator<VaultFinding, void, undefined> {
  const files = await sealedFiles(context.db, version.id)
  for (const file of files) {
    options.signal?.throwIfAborted()
    const finding = await checkFile(context, file, options)
    if (finding !== null) yield finding
  }
  const listed = files.filter(({ canary }) => !canary || version.decoy)
  const digests = listed.map(({ path, sizeBytes, sha256 }) => ({ path, sizeBytes, sha256: sha256 ?? '' }))
  if (manifestDigest(version.model, version.version, digests) !== version.manifestDigest)
    yield found(version.id, null, 'manifest_wrong', 'the files that are recorded are not those of its manifest')
  yield* checkRecord(context, version, files)
}

async function checkFile(context: VaultContext, file: StoredFile, options: FsckOptions): Promise<VaultFinding | null> {
  const { version, position } = file
  try {
    const object = objectOf(file)
    const size = await context.store.sizeOf(object)
    if (size === null) return found(version, position, 'file_missing', 'it is not in the store, or not all of it')
    if (size !== object.sizeBytes)
      return found(version, position, 'file_size', `it has ${size} bytes in the store instead of ${object.sizeBytes}`)
    if (!options.deep) return null
    await using opened = await openStored(context, file, { signal: options.signal })
    const sha256 = await digestOf(opened, file.sizeBytes, options.onProgress)
    return sha256 === file.sha256
      ? null
      : found(version, position, 'digest_wrong', 'what it holds is not what was sealed')
  } catch (error) {
    options.signal?.throwIfAborted()
    const { code, message } = toAppError(error)
    const problem = code === 'VERIFICATION_FAILED' ? 'file_damaged' : code === 'NOT_FOUND' ? 'key_lost' : 'not_checked'
    return found(version, position, problem, message)
  }
}

async function* checkRecord(
  context: VaultContext,
  version: StoredVersion,
  files: readonly StoredFile[],
): AsyncGenerator<VaultFinding, void, undefined> {
  try {
    const problem = await recordProblem(context, version, files)
    if (problem === null) return
    await writeRecoveryRecord(context, version, files)
    yield found(version.id, null, problem, 'what recovery needs was missing or old in the store: it was written anew')
  } catch (error) {
    yield found(version.id, null, 'not_checked', toAppError(error).message)
  }
}

/** That nobody can open it now says nothing about a record. */
const AWAY: ReadonlySet<string> = new Set([
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'OVERLOADED',
  'FORBIDDEN',
  'CONFIG_INVALID',
])

/** @throws {AppError} when the root key or the store can't be asked now */
async function recordProblem(
  context: VaultContext,
  version: StoredVersion,
  files: readonly StoredFile[],
): Promise<'record_missing' | 'record_stale' | null> {
  try {
    const record = await readRecoveryRecord(context, version.upload)
    if (record === null) return 'record_missing'
    const key = JSON.stringify(await context.keys.get(version.model)) === JSON.stringify(record.modelKey)
    const wrapped = (list: readonly StoredFile[]) => JSON.stringify(list.map(({ id, wrappedKey }) => [id, wrappedKey]))
    return key && wrapped(record.files) === wrapped(files) ? null : 'record_stale'
  } catch (error) {
    if (AWAY.has(toAppError(error).code)) throw error
    return 'record_stale'
  }
}

/** Folders in the store that belong to nothing: of a version that was recovered elsewhere, or put there by hand. */
async function* orphans({ db, store }: VaultContext): AsyncGenerator<VaultFinding, void, undefined> {
  let last = ''
  for await (const name of store.list()) {
    const folder = name.slice(0, name.indexOf('/'))
    if (folder === last || folder === '') continue
    last = folder
    const upload = await records.find(db, UPLOAD, folder)
    if (upload === null) yield found(null, null, 'orphan', `the store has a folder ${folder} that belongs to nothing`)
  }
}

async function noteCheck(
  { journal, clock }: VaultContext,
  { id }: StoredVersion,
  findings: number,
  by: Actor,
): Promise<void> {
  const check = { id, at: iso(clock.now()), findings }
  const event = { kind: 'weights.checked', subject: { type: 'vault_version', id }, data: { findings } }
  await journal.make(by, async () => ({ events: [event], puts: [put(CHECK, check)], result: null }))
}

function found(
  version: string | null,
  position: number | null,
  problem: VaultFinding['problem'],
  says: string,
): VaultFinding {
  return { version, position, problem, says }
}
