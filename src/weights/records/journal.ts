import { z } from 'zod'
import { type Decision, Journal, type JournalDeps, StoredRecords } from '../../journal/index.ts'
import { records } from './records.ts'

const StoredChange = z.object({ puts: StoredRecords })

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type WeightsJournal = ReturnType<typeof weightsJournal>

/** The one journal of the rooms under `weights`: what is in the vault and who may open it change together. */
export function weightsJournal(deps: JournalDeps) {
  return new Journal({ name: 'weights', change: StoredChange, apply: (tx, { puts }) => records.apply(tx, puts) }, deps)
}
