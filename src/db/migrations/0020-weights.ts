import { type Kysely, sql } from 'kysely'
import { createRecordTables } from '../record-tables.ts'

/** What is in the vault, who may open it, and what has been given out. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRecordTables(db, 'weights')
  await sql`create table weights_part (
    upload_id text collate "C" not null,
    file integer not null,
    part integer not null,
    bytes bigint not null,
    etag text not null,
    primary key (upload_id, file, part)
  )`.execute(db)
  await sql`create table weights_use (
    grant_id text collate "C" primary key,
    bytes bigint not null
  )`.execute(db)
  await sql`create table weights_bucket (
    kind text not null,
    id text collate "C" not null,
    bytes bigint not null,
    at timestamptz not null,
    primary key (kind, id)
  )`.execute(db)
  await sql`create table weights_coverage (
    person_id text collate "C" not null,
    version text collate "C" not null,
    path text collate "C" not null,
    block_bytes bigint not null,
    blocks text not null,
    primary key (person_id, version, path)
  )`.execute(db)
}
