import { z } from 'zod'
import { RECORD_TABLES } from '../../db/index.ts'
import {
  type Decision,
  Journal,
  type JournalDeps,
  type RecordKind,
  Records,
  StoredRecords,
} from '../../journal/index.ts'
import { ControlId } from '../catalogue/index.ts'
import { ControlAttestation, ControlChange, ControlException, ControlState } from './schema.ts'

/** What the room keeps. */
export const records = new Records(RECORD_TABLES.controls)

/** How a control stands as far as that is on record. */
export const Recorded = z.object({ control: ControlId, state: ControlState, since: z.iso.datetime() })
export type Recorded = z.infer<typeof Recorded>

export const RECORDED: RecordKind<Recorded> = {
  kind: 'state',
  schema: Recorded,
  columns: ({ control, state, since }) => ({ id: control, state, at: since }),
}

export const CHANGE: RecordKind<ControlChange> = {
  kind: 'change',
  schema: ControlChange,
  columns: ({ id, control, to, at }) => ({ id, about: control, state: to, at }),
}

export const ATTESTATION: RecordKind<ControlAttestation> = {
  kind: 'attestation',
  schema: ControlAttestation,
  columns: ({ id, control, holds, at, until }) => ({
    ...{ id, about: control, state: holds ? 'holds' : 'fails', at, dueAt: until },
  }),
}

export const EXCEPTION: RecordKind<ControlException> = {
  kind: 'exception',
  schema: ControlException,
  columns: ({ id, control, at, until }) => ({ id, about: control, at, dueAt: until }),
}

const StoredChange = z.object({ puts: StoredRecords })

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type ControlsJournal = ReturnType<typeof controlsJournal>

/** The one journal of the room. */
export function controlsJournal(deps: JournalDeps) {
  return new Journal({ name: 'controls', change: StoredChange, apply: (tx, { puts }) => records.apply(tx, puts) }, deps)
}
