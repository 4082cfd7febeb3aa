import type { RecordHeadTable, RecordTable } from './record-tables.ts'

/** The tables of what was made and measured about refusals. */
export interface RefusalTables {
  refusalRecord: RecordTable
  refusalHead: RecordHeadTable
  refusalUpload: RefusalUploadTable
  refusalRow: RefusalRowTable
}

/** Rows that came together. Without a record they belong to none yet, and go when they are not claimed in time. */
export interface RefusalUploadTable {
  /** Id of the record that they are for. */
  id: string
  claimed: boolean
  createdAt: Date
}

/** One row of a result: what it is found by, in the open, and its words, sealed. */
export interface RefusalRowTable {
  uploadId: string
  /** From 0, in the order in which they came. */
  position: number
  /** As who made it calls it. */
  name: string
  /** Suite, transform or source. */
  part: string | null
  kind: string | null
  category: string | null
  outcome: string | null
  /** `|flag|other flag|`; empty without any. */
  flags: string
  sealed: Buffer
}
