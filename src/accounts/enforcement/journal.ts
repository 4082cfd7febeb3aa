import { type Decision, Journal, type JournalDeps } from '../../journal/index.ts'
import { applyChange, StoredChange } from './store.ts'

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type EnforcementJournal = ReturnType<typeof enforcementJournal>

export function enforcementJournal(deps: JournalDeps) {
  return new Journal({ name: 'enforcement', change: StoredChange, apply: applyChange }, deps)
}
