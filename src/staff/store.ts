import { z } from 'zod'
import type { Db } from '../db/index.ts'
import type { RecordKind } from './records.ts'

const Row = z.object({
  kind: z.string(),
  id: z.string(),
  personId: z.string().nullable(),
  lookup: z.string().nullable(),
  state: z.string(),
  body: z.string(),
})
/** A document as it is stored. */
export type Row = z.infer<typeof Row>

/** What a change stores and removes; whole documents, so that doing it twice is the same as once. */
export const StoredChange = z.object({
  puts: z.array(Row).readonly().default([]),
  removes: z
    .array(z.object({ kind: z.string(), id: z.string() }))
    .readonly()
    .default([]),
})
export type StoredChange = z.infer<typeof StoredChange>

export function put<T>(kind: RecordKind<T>, record: T): Row {
  const { id, personId = null, lookup = null, state = '' } = kind.columns(record)
  return { kind: kind.kind, id, personId, lookup, state, body: JSON.stringify(record) }
}

export function remove<T>(kind: RecordKind<T>, id: string): { kind: string; id: string } {
  return { kind: kind.kind, id }
}

function read<T>(kind: RecordKind<T>, row: { body: string } | undefined): T | null {
  return row === undefined ? null : kind.schema.parse(JSON.parse(row.body))
}

export async function find<T>(db: Db, kind: RecordKind<T>, id: string): Promise<T | null> {
  const rows = db.selectFrom('staffRecord').select('body').where('kind', '=', kind.kind)
  return read(kind, await rows.where('id', '=', id).executeTakeFirst())
}

export async function findBy<T>(db: Db, kind: RecordKind<T>, lookup: string): Promise<T | null> {
  const rows = db.selectFrom('staffRecord').select('body').where('kind', '=', kind.kind)
  return read(kind, await rows.where('lookup', '=', lookup).executeTakeFirst())
}

export interface ListQuery {
  readonly personId?: string
  readonly state?: string
  /** Only ids beyond this one, in the order asked for. */
  readonly beyond?: string | undefined
  readonly newestFirst?: boolean
  readonly limit?: number
}

/** Documents of one kind in order of their ids, which is that of time. */
export async function list<T>(db: Db, kind: RecordKind<T>, query: ListQuery = {}): Promise<T[]> {
  const { personId, state, beyond, newestFirst = false, limit } = query
  const rows = await db
    .selectFrom('staffRecord')
    .select('body')
    .where('kind', '=', kind.kind)
    .$if(personId !== undefined, (q) => q.where('personId', '=', personId ?? ''))
    .$if(state !== undefined, (q) => q.where('state', '=', state ?? ''))
    .$if(beyond !== undefined, (q) => q.where('id', newestFirst ? '<' : '>', beyond ?? ''))
    .orderBy('id', newestFirst ? 'desc' : 'asc')
    .$if(limit !== undefined, (q) => q.limit(limit ?? 0))
    .execute()
  return rows.map(({ body }) => kind.schema.parse(JSON.parse(body)))
}

export async function apply(tx: Db, change: StoredChange): Promise<void> {
  for (const row of change.puts) {
    const { kind: _, id: __, ...rest } = row
    await tx
      .insertInto('staffRecord')
      .values(row)
      .onConflict((c) => c.columns(['kind', 'id']).doUpdateSet(rest))
      .execute()
  }
  for (const { kind, id } of change.removes) {
    await tx.deleteFrom('staffRecord').where('kind', '=', kind).where('id', '=', id).execute()
  }
}

/** Stores a document past the ledger: only for what is no decision, such as a challenge. */
export async function keep<T>(db: Db, kind: RecordKind<T>, record: T): Promise<void> {
  await apply(db, { puts: [put(kind, record)], removes: [] })
}

/** Replaces a document that is still in the state that `record` has; past the ledger too. */
export async function refresh<T>(db: Db, kind: RecordKind<T>, record: T): Promise<void> {
  const { id, state, body } = put(kind, record)
  await db
    .updateTable('staffRecord')
    .set({ body })
    .where('kind', '=', kind.kind)
    .where('id', '=', id)
    .where('state', '=', state)
    .execute()
}

/** Removes what has a state that sorts before `state`: challenges whose time is over. */
export async function sweep<T>(db: Db, kind: RecordKind<T>, state: string): Promise<void> {
  await db.deleteFrom('staffRecord').where('kind', '=', kind.kind).where('state', '<', state).execute()
}

/** Takes a document out, for whoever comes first. */
export async function take<T>(db: Db, kind: RecordKind<T>, id: string): Promise<T | null> {
  const rows = db.deleteFrom('staffRecord').where('kind', '=', kind.kind).where('id', '=', id)
  return read(kind, await rows.returning('body').executeTakeFirst())
}
