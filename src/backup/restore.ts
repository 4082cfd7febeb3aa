import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, iso } from '../base/clock.ts'
import type { Config, Secrets } from '../base/config.ts'
import { syncFolder } from '../base/durable-file.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { type DbHandle, keysDirOf, MIGRATIONS, openDb, openPool } from '../db/index.ts'
import { settleDays } from '../decisions/index.ts'
import {
  LocalLedger,
  openCheckpoint,
  openFileSigner,
  parseVkey,
  sameHash,
  TlogError,
  verifyFrozen,
} from '../ledger/index.ts'
import { damaged } from './archive.ts'
import { collect, eachFile } from './files.ts'
import { type Keys, placeKeys } from './keys.ts'
import type { Manifest } from './manifest.ts'
import { type BackupReport, extractLedger, verifyBackup } from './read.ts'
import { writeRestoration } from './restoration.ts'
import { checkTiles, goOn } from './shared-restore.ts'
import { analyse, clearTables, isInUse, listTables, writeRows, writeSequence } from './store.ts'

const MAX_ROWS_BYTES = 512 * 1024 * 1024

export interface RestoreOptions {
  readonly path: string
  readonly config: Config
  readonly secrets: Secrets
  readonly keys: Keys
  /** The newest signed checkpoint that anybody has of the log; null = nobody was asked. */
  readonly newest: string | null
  /** Whether to go on although entries after the backup's are known to be lost. */
  readonly acceptLoss: boolean
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

export interface RestoreReport extends BackupReport {
  readonly dataDir: string
  readonly keysDir: string
  /** Entries that the log is known to have had; null = nobody said. */
  readonly knownSize: number | null
}

/**
 * Puts an installation back from a backup and its keys: into a data folder that is empty or not there, and an empty database. Everything is checked
 * before anything is written, and the folder is put in place last, as a whole.
 *
 * @throws {AppError} VERIFICATION_FAILED; CONFLICT where something is in the way, or entries would be lost and `acceptLoss` is not set;
 *   SCHEMA_TOO_NEW when the backup is of a later version
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { path, config, secrets, keys, clock, ids, log } = options
  const { dataDir } = config
  checkRoom(dataDir)
  const digestKey = keys.get('digest.key')
  if (digestKey === undefined) throw new AppError('REQUEST_INVALID', 'digest.key is missing among these keys')
  const staging = `${dataDir}.restoring`
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { recursive: true, mode: 0o700 })
  try {
    const report = await verifyBackup(path, staging, digestKey)
    const { manifest } = report
    const { databaseUrl: url } = secrets
    checkFit(manifest, config, keys)
    if (manifest.ledger.shared && url === null)
      throw new AppError('CONFIG_INVALID', 'a ledger that replicas share is in PostgreSQL: set DATABASE_URL')
    const knownSize = await knownHead(options, manifest)
    if (manifest.ledger.shared) await checkTiles(options, manifest)
    await fillStore({ path, manifest, url, dataDir: staging, clock, log })
    if (!manifest.ledger.shared) {
      await extractLedger(path, manifest, join(staging, 'ledger'))
      await verifyFrozen(join(staging, 'ledger'), manifest.ledger.vkey, manifest.ledger.size)
    }
    const { id: backup, takenAt, ledger } = manifest
    const note = { backup, takenAt, restoredAt: iso(clock.now()), size: ledger.size, knownSize, recorded: false }
    writeRestoration(staging, { eventId: ids.next('evt'), ...note })
    const keysDir = config.keysDir ?? join(staging, 'keys')
    await placeKeys(keys, keysDir)
    if (!manifest.ledger.shared) await layOutTiles(options, staging, keysDir)
    else if (url !== null) await goOn(options, { url, staging, keysDir })
    if (existsSync(dataDir)) await rmdir(dataDir)
    await rename(staging, dataDir)
    await syncFolder(join(dataDir, '..'))
    return { ...report, dataDir, keysDir: keysDirOf(config), knownSize }
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    throw error
  }
}

function checkRoom(dataDir: string): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return
  throw new AppError(
    'CONFLICT',
    `${dataDir} is not empty: move it away, or name another folder (SAFELEVEL_DATA_DIR); nothing is overwritten`,
  )
}

function checkFit({ migrations, ledger, keys: names }: Manifest, config: Config, keys: Keys): void {
  const unknown = migrations.filter((name) => !MIGRATIONS.includes(name))
  if (unknown.length > 0 || migrations.some((name, at) => MIGRATIONS[at] !== name))
    throw new AppError(
      'SCHEMA_TOO_NEW',
      `the backup is of a version of Safelevel with other tables (${unknown.join(', ') || 'in another order'}): restore it with that version, then upgrade`,
    )
  if (ledger.shared !== config.ledger.shared)
    throw new AppError(
      'CONFIG_INVALID',
      `the backup is of an installation ${ledger.shared ? 'whose replicas share a ledger' : 'with a ledger of its own'}: set ledger.shared to ${ledger.shared}`,
    )
  const missing = names.filter((name) => !keys.has(name))
  if (missing.length > 0)
    throw new AppError(
      'REQUEST_INVALID',
      `among these keys are missing: ${missing.join(', ')}. Without them what they sealed can't be opened; give the backup of the keys that is as new as this one`,
    )
}

/** How large the log is known to have been. @throws {AppError} CONFLICT when that is more than the backup has, unless it is accepted */
async function knownHead(
  { newest, acceptLoss }: RestoreOptions,
  { ledger, takenAt }: Manifest,
): Promise<number | null> {
  if (newest === null) return null
  const known = await checkpointOf(newest, ledger.vkey, 'the newest checkpoint')
  const ours = await checkpointOf(ledger.checkpoint, ledger.vkey, 'the checkpoint in the backup')
  if (known.size === ours.size && !sameHash(known.root, ours.root))
    throw new AppError('VERIFICATION_FAILED', `the log has signed two histories of ${known.size} entries`)
  if (known.size > ledger.size && !acceptLoss)
    throw new AppError(
      'CONFLICT',
      `the log had ${known.size} entries, and the backup of ${takenAt} holds ${ledger.size}: ${known.size - ledger.size} would be lost, and who saw them could prove two histories. Restore a later backup, or say --accept-loss`,
    )
  return known.size
}

async function checkpointOf(note: string, vkey: string, what: string) {
  try {
    return await openCheckpoint(note, parseVkey(vkey))
  } catch (cause) {
    if (cause instanceof TlogError) throw new AppError('VERIFICATION_FAILED', `${what}: ${cause.message}`, { cause })
    throw cause
  }
}

/** Opened once, the ledger computes its public files from its entries, and shows that it goes on under its key. */
async function layOutTiles(
  { config, clock, ids, log }: RestoreOptions,
  staging: string,
  keysDir: string,
): Promise<void> {
  const signer = await openFileSigner({ path: join(keysDir, 'ledger.key'), origin: config.ledger.origin, ids })
  const dir = join(staging, 'ledger')
  const ledger = await LocalLedger.open({ dir, signer, clock, ids, log, checkpointIntervalMs: 1_000 })
  await ledger.close()
}

interface Filling {
  readonly path: string
  readonly manifest: Manifest
  readonly url: string | null
  readonly dataDir: string
  readonly clock: Clock
  readonly log: Log
}

async function fillStore({ path, manifest, url, dataDir, clock, log }: Filling): Promise<void> {
  if (url !== null) await checkUnused(url, dataDir, log)
  // The tables as they were then; what has come since comes over them as over any older installation.
  const store = await openDb({ url, dataDir, log, upTo: manifest.migrations.at(-1) })
  try {
    await loadTables(path, manifest, store)
  } finally {
    await store.close()
  }
  const upgraded = await openDb({ url, dataDir, log })
  try {
    await settleDays({ db: upgraded.db, clock, log })
    await analyse(upgraded.db)
  } finally {
    await upgraded.close()
  }
}

async function checkUnused(url: string, dataDir: string, log: Log): Promise<void> {
  const { db, close } = await openPool({ url, dataDir, log })
  try {
    if (await isInUse(db)) throw new AppError('CONFLICT', 'the database of DATABASE_URL is in use: name an empty one')
  } finally {
    await close()
  }
}

/** All or nothing. */
async function loadTables(path: string, manifest: Manifest, { db }: DbHandle): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await clearTables(tx)
    const known = new Set(await listTables(tx))
    const written = new Map<string, number>()
    await eachFile(path, manifest, 'db/', async (entry) => {
      const table = entry.name.split('/')[1] ?? ''
      if (!known.has(table)) throw damaged(`it has rows of ${table}, which is no table of its version`)
      const rows = await writeRows(tx, table, (await collect(entry, MAX_ROWS_BYTES)).toString('utf8'))
      written.set(table, (written.get(table) ?? 0) + rows)
    })
    for (const { name, rows } of manifest.tables)
      if ((written.get(name) ?? 0) !== rows) throw damaged(`${name} should have ${rows} rows`)
    for (const { name, value } of manifest.sequences)
      if (!(await writeSequence(tx, name, value))) throw damaged(`there is no sequence ${name}`)
  })
}
