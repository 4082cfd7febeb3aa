import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Config, Secrets } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { keysDirOf } from '../db/index.ts'
import { type Ledger, LocalLedger, openFileSigner, openTiles, SharedLedger, sharedLogExists } from '../ledger/index.ts'

interface LedgerDeps {
  readonly config: Config
  readonly secrets: Secrets
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

/** The ledger of this process alone. The caller holds the lock on the data folder. */
export async function openLocalLedger({ config, clock, ids, log }: LedgerDeps): Promise<Ledger> {
  const { checkpointIntervalMs, origin } = config.ledger
  const signer = await openFileSigner({ path: join(keysDirOf(config), 'ledger.key'), origin, ids })
  return await LocalLedger.open({ dir: join(config.dataDir, 'ledger'), signer, clock, ids, log, checkpointIntervalMs })
}

/**
 * The ledger that all replicas on one database share. The database's tables must be up to date.
 *
 * @throws {AppError} CONFIG_INVALID
 */
export async function openSharedLedger({ config, secrets, clock, ids, log }: LedgerDeps): Promise<Ledger> {
  const { databaseUrl: url } = secrets
  if (url === null)
    throw new AppError('CONFIG_INVALID', 'ledger.shared needs a PostgreSQL that all replicas reach: set DATABASE_URL')
  const path = join(keysDirOf(config), 'ledger.key')
  const exists = await sharedLogExists(url, log)
  if (exists && !existsSync(path))
    throw new AppError(
      'CONFIG_INVALID',
      `${path} is missing, and the database holds a ledger: copy it from the folder of keys of a replica that runs, or name that folder with SAFELEVEL_KEYS_DIR`,
    )
  if (!exists && existsSync(join(config.dataDir, 'ledger/public/checkpoint')))
    throw new AppError(
      'CONFIG_INVALID',
      `${join(config.dataDir, 'ledger')} holds a ledger, the database none: carry it over with "safelevel ledger import", or move the folder away to begin a new log`,
    )
  const { checkpointIntervalMs, origin, tiles } = config.ledger
  const signer = await openFileSigner({ path, origin, ids })
  return await SharedLedger.open({
    url,
    signer,
    reloadSigner: () => openFileSigner({ path, origin, ids }),
    clock,
    ids,
    log,
    checkpointIntervalMs,
    openTiles: (hooks) => openTiles(tiles, ids, hooks),
  })
}
