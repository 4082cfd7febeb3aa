import { type Kysely, sql } from 'kysely'
import { createRecordTables } from '../record-tables.ts'

/** Datasets, evaluations and red-team runs: heads as documents, rows sealed and apart. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRecordTables(db, 'refusal')
  await sql`create table refusal_upload (
    id text collate "C" primary key,
    claimed boolean not null,
    created_at timestamptz not null
  )`.execute(db)
  await sql`create index refusal_upload_unclaimed on refusal_upload (created_at) where not claimed`.execute(db)
  await sql`create table refusal_row (
    upload_id text collate "C" not null references refusal_upload (id) on delete cascade,
    position integer not null,
    name text not null,
    part text,
    kind text,
    category text,
    outcome text,
    flags text not null,
    sealed bytea not null,
    primary key (upload_id, position)
  )`.execute(db)
}
