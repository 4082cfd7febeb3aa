import type { Kysely } from 'kysely'
import { createRecordTables } from '../record-tables.ts'

/** Samples that auditors draw, what they find, and what they ask for. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRecordTables(db, 'audit')
}
