import type { Kysely } from 'kysely'
import { createRecordTables } from '../record-tables.ts'

/** Runs of runbooks, and what people did in them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRecordTables(db, 'runbook')
}
