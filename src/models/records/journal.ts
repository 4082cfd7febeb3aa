import { type Decision, Journal, type JournalDeps } from '../../journal/index.ts'
import { applyChange, StoredChange } from './records.ts'

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type ModelsJournal = ReturnType<typeof modelsJournal>

/** The journal of a room under `models`. @param room Names its intents and its lock, and stays what it is. */
export function modelsJournal(room: string, deps: JournalDeps) {
  return new Journal({ name: room, change: StoredChange, apply: applyChange }, deps)
}
