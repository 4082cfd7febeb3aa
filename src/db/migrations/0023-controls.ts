import { type Kysely, sql } from 'kysely'
import { createRecordTables } from '../record-tables.ts'

/** How controls stand and stood, what people have said of them, and where the newest entries of each kind are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRecordTables(db, 'control')
  await sql`create table control_turn (
    origin text primary key,
    holder text not null,
    leased_until timestamptz not null,
    next bigint not null
  )`.execute(db)
  await sql`create table control_entry (
    origin text not null,
    kind text not null,
    subject text collate "C" not null,
    position bigint not null,
    at timestamptz not null,
    primary key (origin, kind, subject)
  )`.execute(db)
  await sql`create index control_entry_newest on control_entry (origin, kind, position)`.execute(db)
  await sql`create table control_board (
    origin text primary key,
    at timestamptz not null,
    body text not null
  )`.execute(db)
}
