import { type Kysely, sql } from 'kysely'
import { createRecordTables } from '../record-tables.ts'

/** Cases about people at work, what they rest on, and how far the ledger was watched. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRecordTables(db, 'insider')
  await sql`create table insider_text (
    record_id text collate "C" not null,
    part text collate "C" not null,
    sealed text not null,
    primary key (record_id, part)
  )`.execute(db)
  await sql`create table insider_turn (
    origin text primary key,
    holder text,
    leased_until timestamptz not null,
    next bigint not null
  )`.execute(db)
  await sql`create table insider_state (
    origin text not null,
    part text not null,
    next bigint not null,
    at timestamptz not null,
    sealed bytea not null,
    primary key (origin, part)
  )`.execute(db)
  await sql`create table insider_import (
    id text collate "C" primary key,
    source text not null,
    count integer not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    created_at timestamptz not null,
    sealed bytea not null
  )`.execute(db)
  await sql`create index insider_import_by_time on insider_import (last_at, first_at)`.execute(db)
}
