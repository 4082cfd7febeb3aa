import { sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '../../db/index.ts'

/** How a kind of document is stored and found. */
export interface RecordKind<T> {
  readonly kind: string
  readonly schema: z.ZodType<T>
  columns(record: T): {
    readonly id: string
    readonly model?: string | null
    readonly about?: string | null
    readonly state?: string
    /** When what it tells of was so; ISO 8601. */
    readonly at: string
    readonly dueAt?: string | null
  }
}

const Row = z.object({
  kind: z.string(),
  id: z.string(),
  model: z.string().nullable(),
  about: z.string().nullable(),
  state: z.string(),
  at: z.iso.datetime(),
  dueAt: z.iso.datetime().nullable(),
  body: z.string(),
})
type Row = z.infer<typeof Row>

/** What a change stores: whole documents, so that doing it twice is the same as once. */
export const StoredChange = z.object({ puts: z.array(Row).readonly().default([]) })
type StoredChange = z.infer<typeof StoredChange>

export function put<T>(kind: RecordKind<T>, record: T): Row {
  const { id, model = null, about = null, state = 'stands', at, dueAt = null } = kind.columns(record)
  return { kind: kind.kind, id, model, about, state, at, dueAt, body: JSON.stringify(record) }
}

export async function find<T>(db: Db, kind: RecordKind<T>, id: string): Promise<T | null> {
  const row = await db
    .selectFrom('modelRecord')
    .select('body')
    .where('kind', '=', kind.kind)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : kind.schema.parse(JSON.parse(row.body))
}

const IDS_AT_ONCE = 1_000

/** Those of these ids that there are, by id: a few queries, however many. */
export async function findMany<T>(db: Db, kind: RecordKind<T>, ids: Iterable<string>): Promise<Map<string, T>> {
  const wanted = [...new Set(ids)]
  const found = new Map<string, T>()
  for (let start = 0; start < wanted.length; start += IDS_AT_ONCE) {
    const rows = await db
      .selectFrom('modelRecord')
      .select(['id', 'body'])
      .where('kind', '=', kind.kind)
      .where('id', 'in', wanted.slice(start, start + IDS_AT_ONCE))
      .execute()
    for (const { id, body } of rows) found.set(id, kind.schema.parse(JSON.parse(body)))
  }
  return found
}

export interface RecordQuery {
  readonly model?: string | undefined
  readonly about?: string | undefined
  readonly state?: string | undefined
  /** Only what is due at this instant. */
  readonly dueBy?: Date | undefined
  /** Only ids after this one. */
  readonly after?: string | undefined
  /** `id`, ascending, to page by; or `latest`: by the time of what they tell of, newest first. */
  readonly order?: 'id' | 'latest'
  readonly limit?: number | undefined
}

export async function list<T>(db: Db, kind: RecordKind<T>, query: RecordQuery = {}): Promise<T[]> {
  const { model, about, state, dueBy, after, order = 'id', limit } = query
  let rows = db.selectFrom('modelRecord').select('body').where('kind', '=', kind.kind)
  if (model !== undefined) rows = rows.where('model', '=', model)
  if (about !== undefined) rows = rows.where('about', '=', about)
  if (state !== undefined) rows = rows.where('state', '=', state)
  if (dueBy !== undefined) rows = rows.where('dueAt', '<=', dueBy)
  if (after !== undefined) rows = rows.where('id', '>', after)
  rows = order === 'id' ? rows.orderBy('id') : rows.orderBy('at', 'desc').orderBy('id', 'desc')
  if (limit !== undefined) rows = rows.limit(limit)
  return (await rows.execute()).map(({ body }) => kind.schema.parse(JSON.parse(body)))
}

/** The number of the last change: unchanged as long as nothing under `models` has. */
export async function headVersion(db: Db): Promise<number> {
  return (await db.selectFrom('modelHead').select('version').executeTakeFirstOrThrow()).version
}

/** Documents of these kinds that changed after `version`, oldest change first. */
export function changedSince(
  db: Db,
  kinds: readonly string[],
  version: number,
): Promise<{ kind: string; body: string; version: number }[]> {
  return db
    .selectFrom('modelRecord')
    .select(['kind', 'body', 'version'])
    .where('kind', 'in', [...kinds])
    .where('version', '>', version)
    .orderBy('version')
    .execute()
}

const ROWS_AT_ONCE = 500

/** Brings a recorded change into effect; `tx` is a transaction. */
export async function applyChange(tx: Db, { puts }: StoredChange): Promise<void> {
  const { version } = await tx
    .updateTable('modelHead')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .returning('version')
    .executeTakeFirstOrThrow()
  for (let start = 0; start < puts.length; start += ROWS_AT_ONCE) {
    const values = puts.slice(start, start + ROWS_AT_ONCE).map(({ at, dueAt, ...row }) => ({
      ...row,
      at: new Date(at),
      dueAt: dueAt === null ? null : new Date(dueAt),
      version,
    }))
    await tx
      .insertInto('modelRecord')
      .values(values)
      .onConflict((c) =>
        c.columns(['kind', 'id']).doUpdateSet({
          model: sql`excluded.model`,
          about: sql`excluded.about`,
          state: sql`excluded.state`,
          at: sql`excluded.at`,
          dueAt: sql`excluded.due_at`,
          version: sql`excluded.version`,
          body: sql`excluded.body`,
        }),
      )
      .execute()
  }
}
