import { z } from 'zod'
import type { Db } from '../../db/index.ts'

/** How a kind of document is stored and found. */
export interface RecordKind<T> {
  readonly kind: string
  readonly schema: z.ZodType<T>
  columns(record: T): {
    readonly id: string
    readonly organisationId?: string | null
    readonly about?: string | null
    readonly state: string
    readonly dueAt?: string | null
  }
}

const Row = z.object({
  kind: z.string(),
  id: z.string(),
  organisationId: z.string().nullable(),
  about: z.string().nullable(),
  state: z.string(),
  dueAt: z.iso.datetime().nullable(),
  body: z.string(),
})
/** A document as it is stored. */
export type Row = z.infer<typeof Row>

const SealedText = z.object({ recordId: z.string(), part: z.string(), sealed: z.string() })
export type SealedText = z.infer<typeof SealedText>

/** What a change stores and removes; whole documents, so that doing it twice is the same as once. */
export const StoredChange = z.object({
  puts: z.array(Row).readonly().default([]),
  texts: z.array(SealedText).readonly().default([]),
  forget: z.array(z.string()).readonly().default([]).meta({ description: 'records whose words go' }),
})
type StoredChange = z.infer<typeof StoredChange>

export function put<T>(kind: RecordKind<T>, record: T): Row {
  const { id, organisationId = null, about = null, state, dueAt = null } = kind.columns(record)
  return { kind: kind.kind, id, organisationId, about, state, dueAt, body: JSON.stringify(record) }
}

function read<T>(kind: RecordKind<T>, row: { body: string } | undefined): T | null {
  return row === undefined ? null : kind.schema.parse(JSON.parse(row.body))
}

export async function find<T>(db: Db, kind: RecordKind<T>, id: string): Promise<T | null> {
  const rows = db.selectFrom('redressRecord').select('body').where('kind', '=', kind.kind)
  return read(kind, await rows.where('id', '=', id).executeTakeFirst())
}

export interface ListQuery {
  readonly organisationId?: string | undefined
  readonly about?: string | undefined
  readonly state?: string | undefined
  readonly notState?: string
  /** Only those whose time is over at this instant. */
  readonly dueBy?: Date
  /** Only ids beyond this one, in the order asked for. */
  readonly beyond?: string | undefined
  readonly oldestFirst?: boolean
  readonly limit?: number
}

/** Documents of one kind in order of their ids, which is that of time; newest first. */
export async function list<T>(db: Db, kind: RecordKind<T>, query: ListQuery = {}): Promise<T[]> {
  const { organisationId, about, state, notState, dueBy, beyond, oldestFirst = false, limit } = query
  const rows = await db
    .selectFrom('redressRecord')
    .select('body')
    .where('kind', '=', kind.kind)
    .$if(organisationId !== undefined, (q) => q.where('organisationId', '=', organisationId ?? ''))
    .$if(about !== undefined, (q) => q.where('about', '=', about ?? ''))
    .$if(state !== undefined, (q) => q.where('state', '=', state ?? ''))
    .$if(notState !== undefined, (q) => q.where('state', '!=', notState ?? ''))
    .$if(dueBy !== undefined, (q) => q.where('dueAt', '<=', dueBy ?? new Date(0)))
    .$if(beyond !== undefined, (q) => q.where('id', oldestFirst ? '>' : '<', beyond ?? ''))
    .orderBy('id', oldestFirst ? 'asc' : 'desc')
    .$if(limit !== undefined, (q) => q.limit(limit ?? 0))
    .execute()
  return rows.map(({ body }) => kind.schema.parse(JSON.parse(body)))
}

export async function headVersion(db: Db): Promise<number> {
  return (await db.selectFrom('redressHead').select('version').executeTakeFirstOrThrow()).version
}

/** Documents of these kinds that changed after `version`, as `kind` and JSON. */
export function changedSince(
  db: Db,
  kinds: readonly string[],
  version: number,
): Promise<{ kind: string; body: string; version: number }[]> {
  return db
    .selectFrom('redressRecord')
    .select(['kind', 'body', 'version'])
    .where('kind', 'in', [...kinds])
    .where('version', '>', version)
    .orderBy('version')
    .execute()
}

export function textsOf(db: Db, recordId: string): Promise<SealedText[]> {
  return db.selectFrom('redressText').selectAll().where('recordId', '=', recordId).orderBy('part').execute()
}

/** Which of these have a document of this kind about them. */
export async function aboutsKnown<T>(db: Db, kind: RecordKind<T>, abouts: readonly string[]): Promise<Set<string>> {
  if (abouts.length === 0) return new Set()
  const rows = await db
    .selectFrom('redressRecord')
    .select('about')
    .where('kind', '=', kind.kind)
    .where('about', 'in', [...abouts])
    .execute()
  return new Set(rows.flatMap(({ about }) => about ?? []))
}

/** Organisations that came at or after an instant, with when. */
export async function organisationsSince(db: Db, since: Date): Promise<{ id: string; createdAt: Date }[]> {
  return db.selectFrom('organisation').select(['id', 'createdAt']).where('createdAt', '>=', since).execute()
}

/** Whose project, or key, it is; null when there is none. */
export async function ownerOf(
  db: Db,
  type: 'project' | 'key',
  id: string,
): Promise<{ organisationId: string; projectId: string } | null> {
  if (type === 'project') {
    const row = await db.selectFrom('project').select('organisationId').where('id', '=', id).executeTakeFirst()
    return row === undefined ? null : { organisationId: row.organisationId, projectId: id }
  }
  const row = await db
    .selectFrom('apiKey')
    .innerJoin('project', 'project.id', 'apiKey.projectId')
    .select(['project.organisationId', 'project.id as projectId'])
    .where('apiKey.id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** Brings a recorded change into effect; `tx` is a transaction. */
export async function applyChange(tx: Db, change: StoredChange): Promise<void> {
  const { version } = await tx
    .updateTable('redressHead')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .returning('version')
    .executeTakeFirstOrThrow()
  for (const { dueAt, ...row } of change.puts) {
    const values = { ...row, dueAt: dueAt === null ? null : new Date(dueAt), version }
    const { kind: _, id: __, ...rest } = values
    await tx
      .insertInto('redressRecord')
      .values(values)
      .onConflict((c) => c.columns(['kind', 'id']).doUpdateSet(rest))
      .execute()
  }
  for (const text of change.texts) {
    await tx
      .insertInto('redressText')
      .values(text)
      .onConflict((c) => c.columns(['recordId', 'part']).doUpdateSet({ sealed: text.sealed }))
      .execute()
  }
  for (const recordId of change.forget) await tx.deleteFrom('redressText').where('recordId', '=', recordId).execute()
}
