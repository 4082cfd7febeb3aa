import { join } from 'node:path'
import { loadConfig, type Secrets } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import { createLog } from '../base/log.ts'
import {
  type LedgerPlace,
  LedgerReader,
  openPlace,
  openSharedPlace,
  openTiles,
  parseCheckpoint,
  parseNote,
  readNote,
  readWitnessedNote,
} from '../ledger/index.ts'
import { verified } from './ledger-words.ts'

/** A folder or URL, or the ledger of this installation: in the data folder, or where the configuration says that replicas share one. */
export async function openLedgerPlace(target: string | undefined): Promise<LedgerPlace> {
  if (target !== undefined) return await openPlace(target)
  const { config, secrets } = loadConfig()
  if (!config.ledger.shared) return await openPlace(join(config.dataDir, 'ledger'))
  return await openSharedPlace({
    url: databaseOf(secrets),
    tiles: await openTiles(config.ledger.tiles, systemIds),
    log: createLog('error'),
  })
}

/** @throws {AppError} CONFIG_INVALID */
export function databaseOf({ databaseUrl }: Secrets): string {
  if (databaseUrl !== null) return databaseUrl
  throw new AppError('CONFIG_INVALID', 'ledger.shared needs a PostgreSQL that all replicas reach: set DATABASE_URL')
}

/** A ledger folder to read bodies from. @throws {AppError} NOT_FOUND */
export async function openReader(folder: string | undefined) {
  const place = await openLedgerPlace(folder)
  if (place.segments === null)
    throw new AppError('NOT_FOUND', `${place.location} holds public files only: event bodies are needed for this`)
  const note = await readNote(place)
  const witnessedNote = await readWitnessedNote(place)
  const { size } = await verified(() => parseCheckpoint(parseNote(note).text))
  return { reader: new LedgerReader(place.source, place.segments), note, witnessedNote, size }
}
