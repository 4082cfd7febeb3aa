import { z } from 'zod'
import { RECORD_TABLES } from '../db/index.ts'
import { type Decision, Journal, type JournalDeps, type RecordKind, Records, StoredRecords } from '../journal/index.ts'
import { Run, RunAct } from './schema.ts'

/** What the room keeps. */
export const records = new Records(RECORD_TABLES.runbooks)

export const RUN: RecordKind<Run> = {
  kind: 'run',
  schema: Run,
  columns: ({ id, runbook, closed, startedAt }) => ({
    ...{ id, about: runbook.id, state: closed === null ? 'open' : 'closed', at: startedAt },
  }),
}

/** A step that somebody took, or a look, with the run that it belongs to. */
const Acted = RunAct.extend({ run: z.string() })
export type Acted = z.infer<typeof Acted>

export const ACT: RecordKind<Acted> = {
  kind: 'act',
  schema: Acted,
  columns: ({ id, run, state, at }) => ({ id, about: run, state, at }),
}

const StoredChange = z.object({ puts: StoredRecords })

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>
export type RunbooksJournal = Journal<typeof StoredChange>

export function runbooksJournal(deps: JournalDeps): RunbooksJournal {
  return new Journal({ name: 'runbooks', change: StoredChange, apply: (tx, { puts }) => records.apply(tx, puts) }, deps)
}
