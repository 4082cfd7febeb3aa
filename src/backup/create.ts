import type { Clock } from '../base/clock.ts'
import { iso } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import { VERSION } from '../base/version.ts'
import { type Db, type DbHandle, frozenView } from '../db/index.ts'
import { frozenFiles, type Ledger, parseCheckpoint, parseNote } from '../ledger/index.ts'
import { ArchiveWriter } from './archive.ts'
import { FORMAT, MAC, MANIFEST, type Manifest, macOf } from './manifest.ts'
import { sharedHead } from './shared-rows.ts'
import { listTables, readMigrations, readRows, readSequences } from './store.ts'

export interface BackupSources {
  readonly db: DbHandle
  readonly ledger: Pick<Ledger, 'size' | 'refresh' | 'checkpoint' | 'origin' | 'vkey'>
  /** The folder of the ledger that this process writes; null where replicas share one, which is in the tables. */
  readonly ledgerDir: string | null
  /** The installation's `digest.key`. */
  readonly digestKey: Uint8Array
  /** Names of its keys. */
  readonly keys: readonly string[]
  readonly clock: Clock
  readonly ids: Ids
}

/**
 * Writes everything that the installation keeps, but keys and weights, into one file: the tables as they were at one instant, and the ledger at that
 * instant, so that nothing is in effect that the ledger doesn't show. Requests go on being served meanwhile. The embedded store answers no
 * other query while its tables are read.
 *
 * @param path is made; must not be there
 */
export async function createBackup(path: string, sources: BackupSources): Promise<Manifest> {
  const archive = new ArchiveWriter(path)
  try {
    const manifest = await fill(archive, sources)
    await archive.end()
    return manifest
  } catch (error) {
    await archive.abandon()
    throw error
  }
}

async function fill(archive: ArchiveWriter, sources: BackupSources): Promise<Manifest> {
  const { db, ledger, ledgerDir, clock, ids } = sources
  const { value, instant } = await frozenView(
    db,
    () => headOf(ledger),
    async (tx) => ({ ...(await copyTables(archive, tx)), shared: ledgerDir === null ? await sharedHead(tx) : null }),
  )
  const { shared, ...tables } = value
  const { size, note } = shared ?? instant
  if (ledgerDir !== null)
    for await (const file of frozenFiles(ledgerDir, size, note))
      await archive.addStream(`ledger/${file.name}`, file.sizeBytes, file.chunks)
  const manifest: Manifest = {
    format: FORMAT,
    id: ids.next('bak'),
    version: VERSION,
    takenAt: iso(clock.now()),
    store: db.kind,
    ledger: { origin: ledger.origin, vkey: ledger.vkey, size, shared: ledgerDir === null, checkpoint: note },
    ...tables,
    keys: [...sources.keys],
    files: archive.entries.slice(),
  }
  const bytes = Buffer.from(`${JSON.stringify(manifest)}\n`)
  await archive.add(MANIFEST, bytes)
  await archive.add(MAC, Buffer.from(`${macOf(bytes, sources.digestKey)}\n`))
  return manifest
}

/** How far the ledger is; the note never covers more. */
async function headOf(ledger: BackupSources['ledger']): Promise<{ size: number; note: string }> {
  const size = Math.max(ledger.size, await ledger.refresh())
  const note = ledger.checkpoint()
  return { size: Math.max(size, parseCheckpoint(parseNote(note).text).size), note }
}

async function copyTables(
  archive: ArchiveWriter,
  tx: Db,
): Promise<Pick<Manifest, 'migrations' | 'tables' | 'sequences'>> {
  const migrations = await readMigrations(tx)
  const tables: Manifest['tables'] = []
  for (const name of await listTables(tx)) {
    let rows = 0
    let file = 0
    for await (const page of readRows(tx, name)) {
      await archive.add(`db/${name}/${String(file++).padStart(6, '0')}.jsonl`, page.lines)
      rows += page.count
    }
    tables.push({ name, rows })
  }
  return { migrations, tables, sequences: await readSequences(tx) }
}
