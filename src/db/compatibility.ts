import { sql } from 'kysely'
import { AppError } from '../base/errors.ts'
import type { Db } from './schema.ts'

/** Where the tables stand against what this version knows. */
export type SchemaState = 'to migrate' | 'newer, usable'

/**
 * Looks whether a newer version has been here, as happens while replicas are upgraded one after the other. What it did is usable when it
 * said so in `schema_mark`: it only added, and this version's statements go on working. What isn't said is not assumed.
 *
 * @throws {AppError} SCHEMA_TOO_NEW naming the migrations
 */
export async function checkSchema(db: Db, known: ReadonlySet<string>): Promise<SchemaState> {
  const done = await migrationsDone(db)
  const unknown = done.filter((name) => !known.has(name))
  if (unknown.length === 0) return 'to migrate'
  const usable = await usableOf(db, unknown)
  const breaking = unknown.filter((name) => !usable.has(name))
  const missing = [...known].filter((name) => !done.includes(name))
  if (breaking.length > 0 || missing.length > 0) {
    const why = breaking.length > 0 ? breaking.join(', ') : `${unknown.join(', ')}, without ${missing.join(', ')}`
    throw new AppError(
      'SCHEMA_TOO_NEW',
      `a newer version of Safelevel has changed the database in a way that this one can't use (${why}): start that version, or put back a backup from before the upgrade`,
    )
  }
  return 'newer, usable'
}

/** Says of each migration whether versions that don't know it may go on. Doing it twice is the same as once. */
export async function markMigrations(db: Db, known: Iterable<string>, breaking: ReadonlySet<string>): Promise<void> {
  const marks = [...known].map((migration) => ({ migration, breaks: breaking.has(migration) }))
  await sql`insert into schema_mark (migration, breaks)
    select migration, breaks from jsonb_to_recordset(${JSON.stringify(marks)}::jsonb) as m(migration text, breaks boolean)
    on conflict do nothing`.execute(db)
}

async function migrationsDone(db: Db): Promise<string[]> {
  if (!(await tableExists(db, 'kysely_migration'))) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map(({ name }) => name)
}

async function usableOf(db: Db, migrations: readonly string[]): Promise<ReadonlySet<string>> {
  if (!(await tableExists(db, 'schema_mark'))) return new Set()
  const { rows } = await sql<{ migration: string }>`
    select migration from schema_mark where migration = any(${[...migrations]}::text[]) and not breaks`.execute(db)
  return new Set(rows.map(({ migration }) => migration))
}

async function tableExists(db: Db, name: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select to_regclass(${name}) is not null as found`.execute(db)
  return rows[0]?.found === true
}
