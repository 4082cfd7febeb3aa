import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { openFileSigner, openTiles, parseCheckpoint, parseNote, SharedLedger, TlogError } from '../ledger/index.ts'
import type { Manifest } from './manifest.ts'
import { Restoration } from './restoration.ts'

const LOOK_MS = 100
/** Without one more tile or entry for so long, something is in the way. */
const PUBLISH_MS = 60_000

interface SharedRestore {
  readonly config: Config
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

/**
 * Sees to it that the public files of the log, where they survive, are not ahead of the backup: a log that went on from before them would be another
 * history in the same place.
 *
 * @throws {AppError} CONFLICT
 */
export async function checkTiles({ config, ids }: SharedRestore, { ledger, takenAt }: Manifest): Promise<void> {
  const tiles = await openTiles(config.ledger.tiles, ids)
  try {
    const bytes = await tiles.read('checkpoint')
    if (bytes === null) return
    const published = publishedSize(Buffer.from(bytes).toString('utf8'))
    if (published !== null && published <= ledger.size) return
    const words = published === null ? 'something that is no checkpoint' : `a checkpoint of ${published} entries`
    throw new AppError(
      'CONFLICT',
      `${tiles.place} holds ${words}, and the backup of ${takenAt} ${ledger.size}: restore a later backup, or give the log a new place (ledger.tiles)`,
    )
  } finally {
    await tiles.close()
  }
}

function publishedSize(note: string): number | null {
  try {
    return parseCheckpoint(parseNote(note).text).size
  } catch (error) {
    if (error instanceof TlogError) return null
    throw error
  }
}

/**
 * Opened once, the ledger of all replicas computes its public files from its rows, shows that it goes on under its key, and records that it was put
 * back, before any replica records anything else.
 *
 * @param staging what becomes the data folder
 * @throws {AppError} LEDGER_UNAVAILABLE, CONFIG_INVALID
 */
export async function goOn(
  { config, clock, ids, log }: SharedRestore,
  { url, staging, keysDir }: { readonly url: string; readonly staging: string; readonly keysDir: string },
): Promise<void> {
  const { origin, tiles } = config.ledger
  const signer = await openFileSigner({ path: join(keysDir, 'ledger.key'), origin, ids })
  const options = { url, signer, clock, ids, log, checkpointIntervalMs: 1_000 }
  await using ledger = await SharedLedger.open({ ...options, openTiles: (hooks) => openTiles(tiles, ids, hooks) })
  const before = ledger.size
  await Restoration.open({ dataDir: staging, ledger, clock, ids }).start()
  const untilMs = clock.monotonic() + PUBLISH_MS
  while ((await ledger.refresh()) <= before || ledger.health().publishedSize < ledger.size) {
    const { reason } = ledger.health()
    if (clock.monotonic() > untilMs)
      throw new AppError(
        'LEDGER_UNAVAILABLE',
        `the public files of the ledger could not be written (${reason ?? 'no replica published'}): mend that, empty the database again, and restore again`,
      )
    await wait(LOOK_MS)
  }
}
