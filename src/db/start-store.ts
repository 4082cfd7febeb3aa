import { join } from 'node:path'
import type { Config, Secrets } from '../base/config.ts'
import { type Ids, systemIds } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { acquireDataLock } from './data-lock.ts'
import { holdToKeys } from './installation-keys.ts'
import { type DbHandle, openDb } from './open.ts'

export interface StoreOptions {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Log
  readonly ids?: Ids
}

/** The data folder is ours, and the store on its way. Whoever takes it closes both. */
export interface StartedStore {
  readonly lock: Disposable
  readonly db: Promise<DbHandle>
}

/**
 * Takes the data folder and begins to open the store: the embedded one takes a second on a thread of its own, in which the rest of the
 * program can load.
 *
 * @throws {AppError} DATA_DIR_LOCKED, CONFIG_INVALID
 */
export function startStore(options: StoreOptions): StartedStore {
  const lock = acquireDataLock(options.config.dataDir)
  const db = openStore(options)
  db.catch(() => {}) // whoever takes the store meets it
  return { lock, db }
}

/** Where the keys of the installation are. */
export function keysDirOf({ keysDir, dataDir }: Pick<Config, 'keysDir' | 'dataDir'>): string {
  return keysDir ?? join(dataDir, 'keys')
}

/** On a database that others may share, only with the keys that they have. */
async function openStore({ config, secrets, log, ids = systemIds }: StoreOptions): Promise<DbHandle> {
  const handle = await openDb({ url: secrets.databaseUrl, dataDir: config.dataDir, log })
  try {
    if (handle.kind === 'postgres') await holdToKeys(handle.db, keysDirOf(config), ids)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}
