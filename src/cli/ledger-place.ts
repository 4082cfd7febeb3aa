import { join } from 'node:path'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { LedgerReader, openPlace, parseCheckpoint, parseNote, readNote, readWitnessedNote } from '../ledger/index.ts'
import { verified } from './ledger-words.ts'

/** The ledger of this installation. */
export function ledgerFolder(): string {
  return join(loadConfig().config.dataDir, 'ledger')
}

/** A ledger folder to read bodies from. @throws {AppError} NOT_FOUND */
export async function openReader(folder: string | undefined) {
  const place = await openPlace(folder ?? ledgerFolder())
  if (place.segments === null)
    throw new AppError('NOT_FOUND', `${place.location} holds public files only: event bodies are needed for this`)
  const note = await readNote(place)
  const witnessedNote = await readWitnessedNote(place)
  const { size } = await verified(() => parseCheckpoint(parseNote(note).text))
  return { reader: new LedgerReader(place.source, place.segments), note, witnessedNote, size }
}
