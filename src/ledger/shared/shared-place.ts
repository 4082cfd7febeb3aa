import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { ConnectionLost, PgSession, sqlState } from '../../db/index.ts'
import type { TileStore } from '../tiles/tile-store.ts'
import type { LedgerPlace } from '../verify-ledger.ts'
import { SqlRecords } from './sql-records.ts'
import { readHead } from './store.ts'

const READ_MS = 10_000
const UNDEFINED_TABLE = '42P01'

/**
 * The ledger that replicas share, to be read beside them or without them. It needs no closing: its connection keeps no process alive.
 *
 * @throws {AppError} CONFIG_INVALID when the database can't be reached, NOT_FOUND when it holds no shared ledger
 */
export async function openSharedPlace({
  url,
  tiles,
  log,
}: {
  url: string
  tiles: TileStore
  log: Log
}): Promise<LedgerPlace> {
  const session = new PgSession({ url, log, name: 'safelevel ledger read', idleUnref: true })
  const head = await readHead(session, READ_MS).catch((error: unknown) => {
    if (sqlState(error) === UNDEFINED_TABLE) return null
    if (!(error instanceof ConnectionLost)) throw error
    throw new AppError('CONFIG_INVALID', 'the database can’t be reached: check DATABASE_URL', { cause: error })
  })
  if (head === null) throw new AppError('NOT_FOUND', 'the database holds no shared ledger: start a replica first')
  return { location: tiles.place, source: tiles, segments: new SqlRecords(session), remote: false }
}
