import { sql } from 'kysely'
import { z } from 'zod'
import type { Db, RecordTables } from '../db/index.ts'

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

const StoredRecord = z.object({
  kind: z.string(),
  id: z.string(),
  model: z.string().nullable(),
  about: z.string().nullable(),
  state: z.string(),
  at: z.iso.datetime(),
  dueAt: z.iso.datetime().nullable(),
  body: z.string(),
})
type StoredRecord = z.infer<typeof StoredRecord>

/** What a change stores: whole documents, so that doing it twice is the same as once. */
export const StoredRecords = z.array(StoredRecord).readonly().default([])

export function put<T>(kind: RecordKind<T>, record: T): StoredRecord {
  const { id, model = null, about = null, state = 'stands', at, dueAt = null } = kind.columns(record)
  return { kind: kind.kind, id, model, about, state, at, dueAt, body: JSON.stringify(record) }
}

export interface RecordQuery {
  readonly model?: string | undefined
  readonly about?: string | undefined
  readonly state?: string | undefined
  /** Only what is due at this instant. */
  readonly dueBy?: Date | undefined
  /** Only ids after this one, in the order asked for. */
  readonly after?: string | undefined
  /** `id`, ascending, to page by; `newest`, by id descending, where ids begin with the time; `latest`: by the time of what they tell of, newest first. */
  readonly order?: 'id' | 'newest' | 'latest'
  readonly limit?: number | undefined
}

const IDS_AT_ONCE = 1_000
const ROWS_AT_ONCE = 500

/** The documents of a room: read from anywhere, changed through its journal alone. */
export class Records {
  readonly #tables: RecordTables

  constructor(tables: RecordTables) {
    this.#tables = tables
  }

  async find<T>(db: Db, kind: RecordKind<T>, id: string): Promise<T | null> {
    const row = await db
      .selectFrom(this.#tables.record)
      .select('body')
      .where('kind', '=', kind.kind)
      .where('id', '=', id)
      .executeTakeFirst()
    return row === undefined ? null : kind.schema.parse(JSON.parse(row.body))
  }

  /** Those of these ids that there are, by id: a few queries, however many. */
  async findMany<T>(db: Db, kind: RecordKind<T>, ids: Iterable<string>): Promise<Map<string, T>> {
    const wanted = [...new Set(ids)]
    const found = new Map<string, T>()
    for (let start = 0; start < wanted.length; start += IDS_AT_ONCE) {
      const rows = await db
        .selectFrom(this.#tables.record)
        .select(['id', 'body'])
        .where('kind', '=', kind.kind)
        .where('id', 'in', wanted.slice(start, start + IDS_AT_ONCE))
        .execute()
      for (const { id, body } of rows) found.set(id, kind.schema.parse(JSON.parse(body)))
    }
    return found
  }

  async list<T>(db: Db, kind: RecordKind<T>, query: RecordQuery = {}): Promise<T[]> {
    const { model, about, state, dueBy, after, order = 'id', limit } = query
    let rows = db.selectFrom(this.#tables.record).select('body').where('kind', '=', kind.kind)
    if (model !== undefined) rows = rows.where('model', '=', model)
    if (about !== undefined) rows = rows.where('about', '=', about)
    if (state !== undefined) rows = rows.where('state', '=', state)
    if (dueBy !== undefined) rows = rows.where('dueAt', '<=', dueBy)
    if (after !== undefined) rows = rows.where('id', order === 'id' ? '>' : '<', after)
    if (order === 'latest') rows = rows.orderBy('at', 'desc')
    rows = rows.orderBy('id', order === 'id' ? 'asc' : 'desc')
    if (limit !== undefined) rows = rows.limit(limit)
    return (await rows.execute()).map(({ body }) => kind.schema.parse(JSON.parse(body)))
  }

  /** Of each thing that documents of this kind are about, the latest one, as `latest` orders them: one query, however many came before. */
  async latestOfEach<T>(db: Db, kind: RecordKind<T>): Promise<T[]> {
    const rows = await db
      .selectFrom(this.#tables.record)
      .distinctOn('about')
      .select('body')
      .where('kind', '=', kind.kind)
      .orderBy('about')
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .execute()
    return rows.map(({ body }) => kind.schema.parse(JSON.parse(body)))
  }

  /** The number of the last change: unchanged as long as nothing in the room has. */
  async headVersion(db: Db): Promise<number> {
    return (await db.selectFrom(this.#tables.head).select('version').executeTakeFirstOrThrow()).version
  }

  /** Documents of these kinds that changed after `version`, oldest change first. */
  changedSince(
    db: Db,
    kinds: readonly string[],
    version: number,
  ): Promise<{ kind: string; body: string; version: number }[]> {
    return db
      .selectFrom(this.#tables.record)
      .select(['kind', 'body', 'version'])
      .where('kind', 'in', [...kinds])
      .where('version', '>', version)
      .orderBy('version')
      .execute()
  }

  /** Brings recorded documents into effect; `tx` is a transaction, that of the room's journal. */
  async apply(tx: Db, puts: readonly StoredRecord[]): Promise<void> {
    const { version } = await tx
      .updateTable(this.#tables.head)
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
        .insertInto(this.#tables.record)
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
}
