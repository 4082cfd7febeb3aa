import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import type { Config, Secrets } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { acquireDataLock, holdToKeys, keysDirOf, openDb } from '../db/index.ts'
import {
  importLedger as carryOver,
  type ImportReport,
  openFileSigner,
  openTiles,
  type RotateKeyReport,
  rotateLocalKey,
  rotateSharedKey,
} from '../ledger/index.ts'

interface Installation {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Log
}

/**
 * Gives the installation's ledger a new signing key. A ledger of one process must be stopped; one that is shared goes on meanwhile.
 *
 * @throws {AppError} DATA_DIR_LOCKED, CONFIG_INVALID, …
 */
export async function rotateLedgerKey({ config, secrets, log }: Installation): Promise<RotateKeyReport> {
  const keyPath = join(keysDirOf(config), 'ledger.key')
  if (config.ledger.shared) {
    const tiles = await openTiles(config.ledger.tiles, systemIds)
    try {
      return await rotateSharedKey({ url: databaseOf(secrets), tiles, keyPath, ids: systemIds, log })
    } finally {
      await tiles.close()
    }
  }
  using _lock = acquireDataLock(config.dataDir)
  return await rotateLocalKey({ dir: join(config.dataDir, 'ledger'), keyPath, ids: systemIds, clock: systemClock, log })
}

/**
 * Carries the ledger in the data folder over into the one that the configuration says replicas share.
 *
 * @throws {AppError} DATA_DIR_LOCKED, CONFIG_INVALID, CONFLICT, VERIFICATION_FAILED
 */
export async function importLedger(
  { config, secrets, log }: Installation,
  onProgress: (entries: number, of: number) => void,
): Promise<ImportReport & { folder: string; place: string }> {
  if (!config.ledger.shared)
    throw new AppError('CONFIG_INVALID', 'set ledger.shared and ledger.tiles first: they say where the ledger goes')
  const url = databaseOf(secrets)
  using _lock = acquireDataLock(config.dataDir)
  const keysDir = keysDirOf(config)
  const handle = await openDb({ url, dataDir: config.dataDir, log })
  try {
    await holdToKeys(handle.db, keysDir, systemIds)
  } finally {
    await handle.close()
  }
  const signer = await openFileSigner({
    path: join(keysDir, 'ledger.key'),
    origin: config.ledger.origin,
    ids: systemIds,
  })
  const tiles = await openTiles(config.ledger.tiles, systemIds)
  try {
    const folder = join(config.dataDir, 'ledger')
    const common = { clock: systemClock, ids: systemIds, log, onProgress }
    return { ...(await carryOver({ dir: folder, signer, url, tiles, ...common })), folder, place: tiles.place }
  } finally {
    await tiles.close()
  }
}

function databaseOf({ databaseUrl }: Secrets): string {
  if (databaseUrl !== null) return databaseUrl
  throw new AppError('CONFIG_INVALID', 'ledger.shared needs a PostgreSQL that all replicas reach: set DATABASE_URL')
}
