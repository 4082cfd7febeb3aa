import { type Decision, Journal, type JournalDeps } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import * as store from './store.ts'

export const SYSTEM: Actor = { type: 'system', id: 'staff' }

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof store.StoredChange, T>

/** Nothing of it is cached: what one replica decides, every other one sees at its next look. */
export type StaffJournal = ReturnType<typeof staffJournal>

export function staffJournal(deps: JournalDeps) {
  return new Journal({ name: 'staff', change: store.StoredChange, apply: store.apply }, deps)
}
