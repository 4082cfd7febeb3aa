import { type ExpressionBuilder, type ExpressionWrapper, type Selectable, type SqlBool, sql } from 'kysely'
import { type Database, type Db, RECORD_TABLES } from '../../db/index.ts'
import { Records } from '../../journal/index.ts'
import { RESULT_KINDS, type RowQuery } from './schema.ts'

/** The heads of the room. */
export const records = new Records(RECORD_TABLES.refusal)

export type RowInStore = Selectable<Database['refusalRow']>
export type NoteInStore = Omit<RowInStore, 'sealed' | 'uploadId'>

const NOTE = ['position', 'name', 'part', 'kind', 'category', 'outcome', 'flags'] as const
/** What rows can be found by, and how many there are of each. */
export const FACETS = ['part', 'kind', 'category', 'outcome'] as const

interface StoredChange {
  readonly puts: Parameters<typeof records.apply>[1]
  readonly claims: readonly string[]
  readonly drops: readonly string[]
}

/** Brings a recorded change into effect; `tx` is a transaction. */
export async function applyChange(tx: Db, { puts, claims, drops }: StoredChange): Promise<void> {
  await records.apply(tx, puts)
  for (const id of claims) await tx.updateTable('refusalUpload').set({ claimed: true }).where('id', '=', id).execute()
  for (const id of drops) await dropUpload(tx, id)
}

/** How many results there are, by their kind. */
export async function countResults(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('refusalRecord')
    .select(({ fn }) => ['kind', fn.countAll<string>().as('count')])
    .where('kind', 'in', [...RESULT_KINDS])
    .groupBy('kind')
    .execute()
  return new Map(rows.map(({ kind, count }) => [kind, Number(count)]))
}

export async function beginUpload(db: Db, id: string, createdAt: Date): Promise<void> {
  await db.insertInto('refusalUpload').values({ id, claimed: false, createdAt }).execute()
}

export async function addRows(db: Db, rows: readonly RowInStore[]): Promise<void> {
  await db
    .insertInto('refusalRow')
    .values([...rows])
    .execute()
}

/** Its rows go with it. */
export async function dropUpload(db: Db, id: string): Promise<void> {
  await db.deleteFrom('refusalUpload').where('id', '=', id).execute()
}

/** @returns how many went */
export async function dropUnclaimed(db: Db, before: Date): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('refusalUpload')
    .where('claimed', '=', false)
    .where('createdAt', '<', before)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Rows from a place on, without their words. */
export function listNotes(
  db: Db,
  uploadId: string,
  query: RowQuery,
  from: number,
  limit: number,
): Promise<NoteInStore[]> {
  return db
    .selectFrom('refusalRow')
    .select(NOTE)
    .where('uploadId', '=', uploadId)
    .where('position', '>=', from)
    .where((eb) => matches(eb, query))
    .orderBy('position')
    .limit(limit)
    .execute()
}

export async function countRows(db: Db, uploadId: string, query: RowQuery): Promise<number> {
  const { count } = await db
    .selectFrom('refusalRow')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('uploadId', '=', uploadId)
    .where((eb) => matches(eb, query))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** How many rows there are of each value of a facet. */
export async function countFacet(
  db: Db,
  uploadId: string,
  facet: (typeof FACETS)[number],
  limit: number,
): Promise<{ value: string; count: number }[]> {
  const rows = await db
    .selectFrom('refusalRow')
    .select(({ fn }) => [facet, fn.countAll<string>().as('count')])
    .where('uploadId', '=', uploadId)
    .where(facet, 'is not', null)
    .groupBy(facet)
    .orderBy('count', 'desc')
    .orderBy(facet)
    .limit(limit)
    .execute()
  return rows.map((row) => ({ value: row[facet] ?? '', count: Number(row.count) }))
}

/** The same for flags, of which a row may have several. */
export async function countFlags(db: Db, uploadId: string, limit: number): Promise<{ value: string; count: number }[]> {
  const { rows } = await sql<{ value: string; count: string }>`
    select flag as value, count(*) as count
    from refusal_row, unnest(string_to_array(trim(both '|' from flags), '|')) as flag
    where upload_id = ${uploadId} and flags <> ''
    group by flag order by count desc, flag limit ${limit}`.execute(db)
  return rows.map(({ value, count }) => ({ value, count: Number(count) }))
}

export function findRows(db: Db, uploadId: string, positions: readonly number[]): Promise<RowInStore[]> {
  return db
    .selectFrom('refusalRow')
    .selectAll()
    .where('uploadId', '=', uploadId)
    .where('position', 'in', [...positions])
    .orderBy('position')
    .execute()
}

/** Rows with their words, from a place on. */
export function readRows(db: Db, uploadId: string, from: number, limit: number): Promise<RowInStore[]> {
  return db
    .selectFrom('refusalRow')
    .selectAll()
    .where('uploadId', '=', uploadId)
    .where('position', '>=', from)
    .orderBy('position')
    .limit(limit)
    .execute()
}

type Builder = ExpressionBuilder<Database, 'refusalRow'>

function matches(eb: Builder, { flag, ...facets }: RowQuery): ExpressionWrapper<Database, 'refusalRow', SqlBool> {
  const wanted = FACETS.flatMap((facet) => (facets[facet] === undefined ? [] : [eb(facet, '=', facets[facet])]))
  if (flag !== undefined) wanted.push(eb(sql<number>`position(${`|${flag}|`} in flags)`, '>', 0))
  return eb.and(wanted)
}
