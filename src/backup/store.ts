import { sql } from 'kysely'
import type { Db } from '../db/index.ts'

/** Those of the migrations themselves: a new store has its own. */
const OWN = ['kysely_migration', 'kysely_migration_lock', 'schema_mark']
const FETCH_ROWS = 500
/** Rows of a table that go into one file; a single row may be larger. */
const FILE_BYTES = 2 * 1024 * 1024

/** Some rows of a table, as JSON objects, one a line. */
export interface Rows {
  readonly table: string
  readonly count: number
  readonly lines: Buffer
}

/** The tables with our data, each after those that it refers to. */
export async function listTables(tx: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select c.relname as name from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and not c.relname = any(${OWN}::text[]) order by c.relname`.execute(tx)
  const { rows: edges } = await sql<{ from: string; to: string }>`select f.relname as "from", t.relname as "to"
    from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
    where k.contype = 'f' and f.relnamespace = current_schema()::regnamespace and f.oid <> t.oid`.execute(tx)
  const sorted: string[] = []
  const visit = (name: string): void => {
    if (sorted.includes(name)) return
    for (const { from, to } of edges) if (from === name) visit(to)
    sorted.push(name)
  }
  for (const { name } of rows) visit(name)
  return sorted.filter((name) => rows.some((row) => row.name === name))
}

/** Every row of a table, in pages that fit in memory. In a transaction. */
export async function* readRows(tx: Db, table: string): AsyncGenerator<Rows> {
  await sql`declare backup_rows no scroll cursor for select row_to_json(t)::text as line from ${sql.table(table)} t`.execute(
    tx,
  )
  let lines: string[] = []
  let bytes = 0
  const page = (): Rows => ({ table, count: lines.length, lines: Buffer.from(lines.join('')) })
  for (;;) {
    const { rows } = await sql<{ line: string }>`fetch ${sql.lit(FETCH_ROWS)} from backup_rows`.execute(tx)
    for (const { line } of rows) {
      // Within strings a line feed is escaped; between them a column of type json may have one.
      lines.push(`${line.replaceAll('\n', ' ')}\n`)
      bytes += line.length
      if (bytes < FILE_BYTES) continue
      yield page()
      lines = []
      bytes = 0
    }
    if (rows.length === 0) break
  }
  if (lines.length > 0) yield page()
  await sql`close backup_rows`.execute(tx)
}

/** Where numbering goes on; those that never gave a number are left out. */
export async function readSequences(tx: Db): Promise<{ name: string; value: number }[]> {
  const { rows } = await sql<{ name: string; value: string }>`select sequencename as name, last_value::text as value
    from pg_sequences where schemaname = current_schema() and last_value is not null order by 1`.execute(tx)
  return rows.map(({ name, value }) => ({ name, value: Number(value) }))
}

export async function readMigrations(tx: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(tx)
  return rows.map(({ name }) => name)
}

/** Whether an installation has ever run on this store. */
export async function isInUse(db: Db): Promise<boolean> {
  for (const table of ['organisation', 'installation_key', 'ledger_record', 'decision_source']) {
    const { rows } = await sql<{ found: boolean }>`select to_regclass(${table}) is not null as found`.execute(db)
    if (rows[0]?.found !== true) continue
    const { rows: any } = await sql<{ any: boolean }>`select exists (select from ${sql.table(table)}) as any`.execute(
      db,
    )
    if (any[0]?.any === true) return true
  }
  return false
}

/** Empties what migrations have put there. */
export async function clearTables(tx: Db): Promise<void> {
  const tables = await listTables(tx)
  await sql`truncate ${sql.join(tables.map((name) => sql.table(name)))}`.execute(tx)
}

/**
 * Puts rows into their table as they were.
 *
 * @param lines as `readRows` gives them; the table's own types check every value
 */
export async function writeRows(tx: Db, table: string, lines: string): Promise<number> {
  const columns = await columnsOf(tx, table)
  const names = sql.join(columns.map((name) => sql.ref(name)))
  const json = `[${lines.trimEnd().replaceAll('\n', ',')}]`
  const { numAffectedRows = 0n } = await sql`insert into ${sql.table(table)} (${names}) overriding system value
    select ${names} from json_populate_recordset(null::${sql.table(table)}, ${json}::json)`.execute(tx)
  return Number(numAffectedRows)
}

/** @returns false when there is no such sequence */
export async function writeSequence(tx: Db, name: string, value: number): Promise<boolean> {
  const { rows } = await sql`select setval(c.oid::regclass, ${value}::int8) from pg_class c
    where c.relkind = 'S' and c.relname = ${name} and c.relnamespace = current_schema()::regnamespace`.execute(tx)
  return rows.length === 1
}

/** What the planner should know of tables that were filled at once. */
export async function analyse(db: Db): Promise<void> {
  await sql`analyze`.execute(db)
}

async function columnsOf(tx: Db, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select attname as name from pg_attribute
    where attrelid = to_regclass(${table}) and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`.execute(
    tx,
  )
  return rows.map(({ name }) => name)
}
