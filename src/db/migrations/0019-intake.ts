import { type Kysely, sql } from 'kysely'
import { createRecordTables } from '../record-tables.ts'

/** Reports by people outside and by staff, their words and files, sealed and apart; and what is published each quarter. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRecordTables(db, 'intake')
  await sql`create table intake_text (
    record_id text collate "C" not null,
    part text collate "C" not null,
    sealed text not null,
    primary key (record_id, part)
  )`.execute(db)
  await sql`create table intake_file (
    id text collate "C" primary key,
    record_id text collate "C",
    sealed bytea not null,
    created_at timestamptz not null
  )`.execute(db)
  await sql`create index intake_file_of_record on intake_file (record_id)`.execute(db)
  await createRecordTables(db, 'transparency')
}
