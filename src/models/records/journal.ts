import { z } from 'zod'
import { type Decision, Journal, type JournalDeps, StoredRecords } from '../../journal/index.ts'
import { records } from './records.ts'

const StoredChange = z.object({ puts: StoredRecords })

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type ModelsJournal = ReturnType<typeof modelsJournal>

/** The journal of a room under `models`. @param room Names its intents and its lock, and stays what it is. */
export function modelsJournal(room: string, deps: JournalDeps) {
  return new Journal({ name: room, change: StoredChange, apply: (tx, { puts }) => records.apply(tx, puts) }, deps)
}
