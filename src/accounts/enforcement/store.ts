import { sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '../../db/index.ts'
import type { Kind } from './records.ts'

/** A document as it is stored; `version` is set when it takes effect. */
export const Row = z.object({
  kind: z.string(),
  id: z.string(),
  subjectId: z.string(),
  endUserId: z.string().nullable(),
  keyId: z.string().nullable(),
  projectId: z.string().nullable(),
  organisationId: z.string().nullable(),
  decisionId: z.string().nullable(),
  state: z.string(),
  expiresAt: z.iso.datetime().nullable(),
  body: z.string(),
})
export type Row = z.infer<typeof Row>

/** Whole documents, so that storing them twice is the same as once. */
export const StoredChange = z.object({ puts: z.array(Row).readonly().default([]) })
type StoredChange = z.infer<typeof StoredChange>

const ROWS_AT_ONCE = 200

/** Brings a recorded change into effect; `tx` is a transaction. */
export async function applyChange(tx: Db, change: StoredChange): Promise<void> {
  const { version } = await tx
    .updateTable('enforcementHead')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .returning('version')
    .executeTakeFirstOrThrow()
  for (let i = 0; i < change.puts.length; i += ROWS_AT_ONCE) {
    const rows = change.puts.slice(i, i + ROWS_AT_ONCE)
    const values = rows.map((row) => ({
      ...row,
      expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
      version,
    }))
    await tx
      .insertInto('enforcementRecord')
      .values(values)
      .onConflict((c) =>
        c.columns(['kind', 'id']).doUpdateSet((eb) => ({
          state: eb.ref('excluded.state'),
          expiresAt: eb.ref('excluded.expiresAt'),
          version: eb.ref('excluded.version'),
          body: eb.ref('excluded.body'),
        })),
      )
      .execute()
  }
}

export interface Snapshot {
  readonly version: number
  readonly rows: { kind: string; body: string }[]
}

/**
 * What changed after `version`, as of one instant; null after one short query when nothing did. From version 0 only what can still matter:
 * strikes that count, actions in force, pardons.
 */
export async function readSince(db: Db, version: number, now: Date): Promise<Snapshot | null> {
  const head = await db.selectFrom('enforcementHead').select('version').executeTakeFirstOrThrow()
  if (head.version === version) return null
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const at = await tx.selectFrom('enforcementHead').select('version').executeTakeFirstOrThrow()
      const rows = await tx
        .selectFrom('enforcementRecord')
        .select(['kind', 'body'])
        .where('kind', 'in', ['strike', 'action'])
        .where('version', '>', version)
        .$if(version === 0, (q) =>
          q
            .where('state', 'in', ['counts', 'active', 'forgiving'])
            .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)])),
        )
        .orderBy('version')
        .execute()
      return { version: at.version, rows }
    })
}

function read<T>(kind: Kind<T>, row: { body: string } | undefined): T | null {
  return row === undefined ? null : kind.schema.parse(JSON.parse(row.body))
}

export async function find<T>(db: Db, kind: Kind<T>, id: string): Promise<T | null> {
  const rows = db.selectFrom('enforcementRecord').select('body').where('kind', '=', kind.kind)
  return read(kind, await rows.where('id', '=', id).executeTakeFirst())
}

/** Those of `ids` that are stored already. */
export async function known<T>(db: Db, kind: Kind<T>, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('enforcementRecord')
    .select('id')
    .where('kind', '=', kind.kind)
    .where('id', 'in', [...ids])
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export interface RecordQuery {
  readonly subjectId?: string | undefined
  readonly endUserId?: string | undefined
  readonly keyId?: string | undefined
  readonly projectId?: string | undefined
  readonly organisationId?: string | undefined
  readonly decisionId?: string | undefined
  readonly states?: readonly string[] | undefined
  /** Only older ones. */
  readonly before?: string | undefined
  readonly limit: number
}

const COLUMNS = ['subjectId', 'endUserId', 'keyId', 'projectId', 'organisationId', 'decisionId'] as const

/** Newest first. */
export async function list<T>(db: Db, kind: Kind<T>, query: RecordQuery): Promise<T[]> {
  let rows = db.selectFrom('enforcementRecord').select('body').where('kind', '=', kind.kind)
  for (const column of COLUMNS) {
    const value = query[column]
    if (value !== undefined) rows = rows.where(column, '=', value)
  }
  if (query.states !== undefined) rows = rows.where('state', 'in', [...query.states])
  if (query.before !== undefined) rows = rows.where('id', '<', query.before)
  const found = await rows.orderBy('id', 'desc').limit(query.limit).execute()
  return found.map(({ body }) => kind.schema.parse(JSON.parse(body)))
}

/** Strikes that were given since a time and not undone, oldest first. */
export async function strikesSince<T>(db: Db, kind: Kind<T>, since: Date, limit: number): Promise<T[]> {
  const rows = await db
    .selectFrom('enforcementRecord')
    .select('body')
    .where('kind', '=', kind.kind)
    .where('state', '=', 'counts')
    .where('expiresAt', '>', since)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ body }) => kind.schema.parse(JSON.parse(body)))
}

/** Actions whose time is over and that nobody has closed. */
export async function dueActions<T>(db: Db, kind: Kind<T>, now: Date): Promise<T[]> {
  const rows = await db
    .selectFrom('enforcementRecord')
    .select('body')
    .where('kind', '=', kind.kind)
    .where('state', '=', 'active')
    .where('expiresAt', '<=', now)
    .limit(500)
    .execute()
  return rows.map(({ body }) => kind.schema.parse(JSON.parse(body)))
}

export async function readCursor(db: Db, origin: string): Promise<number | null> {
  const row = await db.selectFrom('enforcementCursor').select('next').where('origin', '=', origin).executeTakeFirst()
  return row?.next ?? null
}

/** Never goes back. */
export async function storeCursor(db: Db, origin: string, next: number): Promise<void> {
  await db
    .insertInto('enforcementCursor')
    .values({ origin, next })
    .onConflict((c) => c.column('origin').doUpdateSet({ next: sql`greatest(enforcement_cursor.next, ${next}::int8)` }))
    .execute()
}

export interface Reach {
  readonly organisations: number
  readonly projects: number
  readonly keys: number
}

/** Where a key or project stands in the tree of customers. */
export async function placeOf(db: Db, type: 'key' | 'project', id: string) {
  if (type === 'project') {
    const row = await db.selectFrom('project').select(['id', 'organisationId']).where('id', '=', id).executeTakeFirst()
    return row && { projectId: row.id, organisationId: row.organisationId }
  }
  return db
    .selectFrom('apiKey')
    .innerJoin('project', 'project.id', 'apiKey.projectId')
    .select(['project.id as projectId', 'project.organisationId'])
    .where('apiKey.id', '=', id)
    .executeTakeFirst()
}

export async function organisationExists(db: Db, id: string): Promise<boolean> {
  return (await db.selectFrom('organisation').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

/** Ids of the keys in use under a project or an organisation, at most `limit`; with how many there are. */
export async function keysUnder(db: Db, type: 'project' | 'organisation', id: string, limit: number) {
  const base = db
    .selectFrom('apiKey')
    .innerJoin('project', 'project.id', 'apiKey.projectId')
    .where('apiKey.revokedAt', 'is', null)
    .where(type === 'project' ? 'project.id' : 'project.organisationId', '=', id)
  const { count } = await base.select((eb) => eb.fn.countAll<string>().as('count')).executeTakeFirstOrThrow()
  const keys = await base.select('apiKey.id').orderBy('apiKey.id').limit(limit).execute()
  return { count: Number(count), keys: keys.map((key) => key.id) }
}

export async function countProjects(db: Db, organisationId: string): Promise<number> {
  const row = await db
    .selectFrom('project')
    .where('organisationId', '=', organisationId)
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Other organisations of the same name, whatever its letters' case: perhaps the same customer under a new account. */
export async function namesakes(db: Db, organisationId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('organisation as other')
    .innerJoin('organisation as own', (join) =>
      join.on((eb) => eb(eb.fn('lower', ['other.name']), '=', eb.fn('lower', ['own.name']))),
    )
    .select('other.id')
    .where('own.id', '=', organisationId)
    .where('other.id', '!=', organisationId)
    .orderBy('other.id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}
