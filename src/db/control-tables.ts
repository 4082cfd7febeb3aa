import type { RecordHeadTable, RecordTable } from './record-tables.ts'

/** The tables of the rooms of controls, of runbooks and of audit. */
export interface ControlTables {
  runbookRecord: RecordTable
  runbookHead: RecordHeadTable
  auditRecord: RecordTable
  auditHead: RecordHeadTable
  controlRecord: RecordTable
  controlHead: RecordHeadTable
  controlTurn: ControlTurnTable
  controlEntry: ControlEntryTable
  controlBoard: ControlBoardTable
}

/** Which process looks at the controls, and how far it has read the ledger. */
export interface ControlTurnTable {
  /** The log's name. */
  origin: string
  holder: string
  leasedUntil: Date
  /** Position of the next entry to read. */
  next: number
}

/** Where the newest entry of a kind on a subject stands; the subject is empty for requests, of which there are too many. */
export interface ControlEntryTable {
  origin: string
  kind: string
  subject: string
  position: number
  at: Date
}

/** What was found at the last look, for those who did not look themselves. One row for each log. */
export interface ControlBoardTable {
  origin: string
  at: Date
  /** JSON. */
  body: string
}
