import { type Decision, Journal, type JournalDeps } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { applyChange, StoredChange } from './store.ts'

export const SYSTEM: Actor = { type: 'system', id: 'redress' }

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type RedressJournal = ReturnType<typeof redressJournal>

export function redressJournal(deps: JournalDeps) {
  return new Journal({ name: 'redress', change: StoredChange, apply: applyChange }, deps)
}
