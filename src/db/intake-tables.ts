import type { RecordHeadTable, RecordTable, SealedTextTable } from './record-tables.ts'

/** The tables of what people report, and of what is published about it. */
export interface IntakeTables {
  intakeRecord: RecordTable
  intakeHead: RecordHeadTable
  intakeText: SealedTextTable
  intakeFile: IntakeFileTable
  transparencyRecord: RecordTable
  transparencyHead: RecordHeadTable
}

/** A file that came with a report, sealed. Without a record it belongs to none yet, and goes when it is not claimed in time. */
export interface IntakeFileTable {
  id: string
  recordId: string | null
  sealed: Buffer
  createdAt: Date
}
