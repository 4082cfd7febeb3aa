import { z } from 'zod'
import { RECORD_TABLES } from '../db/index.ts'
import { type Decision, Journal, type JournalDeps, type RecordKind, Records, StoredRecords } from '../journal/index.ts'
import { AuditFinding, AuditSample, EvidenceRequest, Frame } from './schema.ts'

/** What the room keeps. */
export const records = new Records(RECORD_TABLES.audit)

export const SAMPLE: RecordKind<AuditSample> = {
  kind: 'sample',
  schema: AuditSample,
  columns: ({ id, state, at }) => ({ id, state, at }),
}

/** Apart from its sample, since it is read at the draw and for a bundle alone. */
export const FRAME: RecordKind<Frame> = {
  kind: 'frame',
  schema: Frame,
  columns: ({ sample, at }) => ({ id: sample, at }),
}

export const FINDING: RecordKind<AuditFinding> = {
  kind: 'finding',
  schema: AuditFinding,
  columns: ({ sample, entry, verdict, at }) => ({ id: `${sample}/${entry}`, about: sample, state: verdict, at }),
}

/** Due only while somebody is to answer. */
export const REQUEST: RecordKind<EvidenceRequest> = {
  kind: 'request',
  schema: EvidenceRequest,
  columns: ({ id, control, state, at, dueAt }) => ({
    ...{ id, about: control, state, at, dueAt: state === 'open' ? dueAt : null },
  }),
}

const StoredChange = z.object({ puts: StoredRecords })

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type AuditJournal = ReturnType<typeof auditJournal>

/** The one journal of the room. */
export function auditJournal(deps: JournalDeps) {
  return new Journal({ name: 'audit', change: StoredChange, apply: (tx, { puts }) => records.apply(tx, puts) }, deps)
}
