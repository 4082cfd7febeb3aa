import { type Kysely, sql } from 'kysely'

/** One document of a room: found by kind, by the model that it concerns, by time and by when something is due. */
export interface RecordTable {
  kind: string
  id: string
  /** The model line that it concerns. */
  model: string | null
  /** What else it is found by: a run, a suite, a report. */
  about: string | null
  state: string
  /** When what it tells of was so. */
  at: Date
  dueAt: Date | null
  version: number
  /** The document, JSON. */
  body: string
}

/** One row: the number of the last change. */
export interface RecordHeadTable {
  version: number
}

/** Words that people wrote, sealed, apart from the documents that they belong to, so that they can go alone. */
export interface SealedTextTable {
  recordId: string
  part: string
  /** Base64. */
  sealed: string
}

/** Rooms' tables of the one shape, typed as the first of them. */
export const RECORD_TABLES = {
  models: { record: 'modelRecord', head: 'modelHead' },
  intake: { record: 'intakeRecord' as 'modelRecord', head: 'intakeHead' as 'modelHead' },
  transparency: { record: 'transparencyRecord' as 'modelRecord', head: 'transparencyHead' as 'modelHead' },
  weights: { record: 'weightsRecord' as 'modelRecord', head: 'weightsHead' as 'modelHead' },
  insider: { record: 'insiderRecord' as 'modelRecord', head: 'insiderHead' as 'modelHead' },
  refusal: { record: 'refusalRecord' as 'modelRecord', head: 'refusalHead' as 'modelHead' },
  controls: { record: 'controlRecord' as 'modelRecord', head: 'controlHead' as 'modelHead' },
  runbooks: { record: 'runbookRecord' as 'modelRecord', head: 'runbookHead' as 'modelHead' },
  audit: { record: 'auditRecord' as 'modelRecord', head: 'auditHead' as 'modelHead' },
} as const

export type RecordTables = (typeof RECORD_TABLES)[keyof typeof RECORD_TABLES]

/** Makes the tables `NAME_record` and `NAME_head`. @param name in snake_case, ours and never anybody's input */
export async function createRecordTables(db: Kysely<unknown>, name: string): Promise<void> {
  const table = sql.table(`${name}_record`)
  await sql`create table ${table} (
    kind text not null,
    id text collate "C" not null,
    model text collate "C",
    about text collate "C",
    state text not null,
    at timestamptz not null,
    due_at timestamptz,
    version bigint not null,
    body text not null,
    primary key (kind, id)
  )`.execute(db)
  const index = (of: string) => sql.id(`${name}_record_${of}`)
  await sql`create index ${index('of_model')} on ${table} (kind, model, at, id)`.execute(db)
  await sql`create index ${index('of_state')} on ${table} (kind, state, at, id)`.execute(db)
  await sql`create index ${index('about')} on ${table} (kind, about) where about is not null`.execute(db)
  await sql`create index ${index('due')} on ${table} (kind, due_at) where due_at is not null`.execute(db)
  await sql`create index ${index('version')} on ${table} (version)`.execute(db)
  const head = sql.table(`${name}_head`)
  await sql`create table ${head} (version bigint not null)`.execute(db)
  await sql`insert into ${head} (version) values (0)`.execute(db)
}
