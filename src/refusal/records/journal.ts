import { z } from 'zod'
import { type Decision, Journal, type JournalDeps, StoredRecords } from '../../journal/index.ts'
import { applyChange } from './store.ts'

/** What a change stores and removes: whole documents and whole uploads, so that doing it twice is the same as once. */
const StoredChange = z.object({
  puts: StoredRecords,
  claims: z
    .array(z.string())
    .readonly()
    .default([])
    .meta({ description: 'uploads that belong to a record from now on' }),
  drops: z.array(z.string()).readonly().default([]).meta({ description: 'uploads whose rows go' }),
})

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type RefusalJournal = ReturnType<typeof refusalJournal>

/** The one journal of the room. */
export function refusalJournal(deps: JournalDeps) {
  return new Journal({ name: 'refusal', change: StoredChange, apply: applyChange }, deps)
}
