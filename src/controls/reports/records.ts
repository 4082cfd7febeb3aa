import { z } from 'zod'
import { Journal, type JournalDeps, type RecordKind, StoredRecords } from '../../journal/index.ts'
import { records } from '../standing/records.ts'
import { StoredReport } from './schema.ts'

export { records }

/** Beside the other documents of the room. */
export const REPORT: RecordKind<StoredReport> = {
  kind: 'report',
  schema: StoredReport,
  columns: ({ document: { id, kind, quarter, compiledAt }, signature }) => ({
    ...{ id, about: aboutOf(kind, quarter), state: signature === null ? 'draft' : 'signed', at: compiledAt },
  }),
}

/** By what the editions of one report are found. */
export function aboutOf(kind: string, quarter: string): string {
  return `${kind}/${quarter}`
}

const StoredChange = z.object({ puts: StoredRecords })

export type ReportsJournal = ReturnType<typeof reportsJournal>

/** A journal of its own: a report that waits for its reader holds up nothing else of the room. */
export function reportsJournal(deps: JournalDeps) {
  return new Journal(
    { name: 'control_reports', change: StoredChange, apply: (tx, { puts }) => records.apply(tx, puts) },
    deps,
  )
}
