import { z } from 'zod'
import { type Decision, Journal, type JournalDeps, StoredRecords } from '../journal/index.ts'
import { applyChange } from './store.ts'

const SealedText = z.object({ recordId: z.string(), part: z.string(), sealed: z.string() })
const KeptFile = z.object({ id: z.string(), recordId: z.string() })
const Dropped = z.object({ kind: z.string(), id: z.string() })

/** What a change stores and removes: whole documents, so that doing it twice is the same as once. */
export const StoredChange = z.object({
  puts: StoredRecords,
  texts: z.array(SealedText).readonly().default([]),
  keepFiles: z
    .array(KeptFile)
    .readonly()
    .default([])
    .meta({ description: 'files that belong to a record from now on' }),
  forget: z.array(z.string()).readonly().default([]).meta({ description: 'records whose words and files go' }),
  drops: z.array(Dropped).readonly().default([]).meta({ description: 'documents that go' }),
})

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type IntakeJournal = ReturnType<typeof intakeJournal>

/** The one journal of the room: a report, its triage and what follows from both change together. */
export function intakeJournal(deps: JournalDeps) {
  return new Journal({ name: 'intake', change: StoredChange, apply: applyChange }, deps)
}
