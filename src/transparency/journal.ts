import { z } from 'zod'
import { Journal, type JournalDeps, StoredRecords } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import { records } from './kinds.ts'

export const SYSTEM: Actor = { type: 'system', id: 'transparency' }

const StoredChange = z.object({ puts: StoredRecords })

export type TransparencyJournal = ReturnType<typeof transparencyJournal>

export function transparencyJournal(deps: JournalDeps) {
  return new Journal(
    { name: 'transparency', change: StoredChange, apply: (tx, { puts }) => records.apply(tx, puts) },
    deps,
  )
}
