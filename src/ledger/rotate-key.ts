import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { PgSession } from '../db/index.ts'
import { nodeFiles } from './files.ts'
import { LocalLedger } from './local-ledger.ts'
import { handOver, readHead } from './shared/store.ts'
import { openFileSigner, type Signer } from './signer.ts'
import { FolderTiles } from './tiles/folder-tiles.ts'
import type { TileStore } from './tiles/tile-store.ts'
import { parseCheckpoint, parseNote, signNote, signSuccession, successionPath } from './tlog/index.ts'

const READ_MS = 10_000
const ATTEMPTS = 20

export interface RotateKeyReport {
  readonly origin: string
  /** Verifier keys. */
  readonly from: string
  readonly to: string
  /** Entries under the last checkpoint of the old key. */
  readonly size: number
}

interface RotateOptions {
  /** The file of the signing key. */
  readonly keyPath: string
  readonly ids: Ids
  readonly log: Log
}

/**
 * Gives a log of one process a new key. The old one signs its last word, and the newest checkpoint with the new one; then it is gone.
 * Done again after a crash, it goes on with the same new key. The caller holds the lock on the data folder.
 *
 * @param options.dir the ledger folder
 * @throws {AppError} CONFIG_INVALID, VERIFICATION_FAILED when the ledger does not open
 */
export async function rotateLocalKey(options: RotateOptions & { dir: string; clock: Clock }): Promise<RotateKeyReport> {
  const { dir, keyPath, ids, clock, log } = options
  const old = await openFileSigner({ path: keyPath, ids })
  const ledger = await LocalLedger.open({ dir, signer: old, clock, ids, log, checkpointIntervalMs: 1_000 })
  await ledger.close()
  const next = await nextSigner(keyPath, old, ids)
  const tiles = new FolderTiles({
    publicDir: join(dir, 'public'),
    temporaryDir: join(dir, 'temporary'),
    files: nodeFiles,
  })
  const last = await lastWords(old, next, ledger.checkpoint())
  await tiles.writeText(successionPath(old), last.succession)
  await tiles.replaceCheckpoint(last.checkpoint)
  await tiles.writeText('vkey', `${next.vkey}\n`)
  await replaceKey(keyPath)
  return { origin: old.name, from: old.vkey, to: next.vkey, size: last.size }
}

/**
 * Gives the log that replicas share a new key, while they run: those that find the new key in their folder go on with it by themselves, the
 * others record, and do not publish until they have it.
 *
 * @throws {AppError} CONFIG_INVALID when the key here is not the log's
 */
export async function rotateSharedKey(
  options: RotateOptions & { url: string; tiles: TileStore },
): Promise<RotateKeyReport> {
  const { url, tiles, keyPath, ids, log } = options
  await using session = new PgSession({ url, log, name: 'safelevel ledger rotate' })
  const old = await openFileSigner({ path: keyPath, ids })
  const next = await nextSigner(keyPath, old, ids)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const head = await readHead(session, READ_MS)
    if (head === null || head.note === null) throw new AppError('NOT_FOUND', 'the database holds no shared ledger')
    if (head.vkey !== old.vkey)
      throw new AppError(
        'CONFIG_INVALID',
        `${keyPath} is not the present key of ${head.origin}: copy it from a replica that publishes`,
      )
    const last = await lastWords(old, next, head.note)
    await tiles.writeText(successionPath(old), last.succession)
    const handed = { from: old.vkey, to: next.vkey, oldId: idOf(old), succession: last.succession }
    if (!(await handOver(session, { ...handed, note: head.note, signed: last.checkpoint }, READ_MS))) continue
    await tiles.writeText('vkey', `${next.vkey}\n`)
    await replaceKey(keyPath)
    return { origin: old.name, from: old.vkey, to: next.vkey, size: last.size }
  }
  throw new AppError('CONFLICT', 'the log was published anew each time: try again in a quiet moment')
}

function idOf({ id }: Signer): string {
  return id.toString(16).padStart(8, '0')
}

/** Kept beside the old one until that is gone. */
function nextSigner(keyPath: string, old: Signer, ids: Ids): Promise<Signer> {
  return openFileSigner({ path: `${keyPath}.next`, origin: old.name, ids })
}

async function lastWords(old: Signer, next: Signer, note: string) {
  const { text } = parseNote(note)
  const { size, root } = parseCheckpoint(text)
  return {
    size,
    succession: await signSuccession(old, next, { size, root }),
    checkpoint: await signNote(text, [old, next]),
  }
}

async function replaceKey(keyPath: string): Promise<void> {
  await rename(`${keyPath}.next`, keyPath)
  await nodeFiles.syncFolder(dirname(keyPath))
}
