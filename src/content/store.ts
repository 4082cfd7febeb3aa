import { type ExpressionBuilder, type ExpressionWrapper, type Selectable, type SqlBool, sql } from 'kysely'
import type { Database, Db } from '../db/index.ts'
import { type ContentScope, Hold, type NewHold } from './schema.ts'

export type ContentRow = Selectable<Database['content']>
export type NoteRow = Pick<ContentRow, 'id' | 'at' | 'flagged' | 'restricted' | 'expiresAt'>

const NOTE = ['id', 'at', 'flagged', 'restricted', 'expiresAt'] as const
const SCOPE_COLUMN = {
  decision: 'id',
  organisation: 'organisation',
  project: 'project',
  key: 'key',
  end_user: 'endUser',
} as const

/** What is there already stays: an exchange is kept once. */
export async function insertContent(db: Db, rows: readonly ContentRow[]): Promise<void> {
  await db
    .insertInto('content')
    .values([...rows])
    .onConflict((c) => c.doNothing())
    .execute()
}

export async function findContent(db: Db, id: string): Promise<ContentRow | null> {
  return (await db.selectFrom('content').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

export function findNotes(db: Db, ids: readonly string[]): Promise<NoteRow[]> {
  if (ids.length === 0) return Promise.resolve([])
  return db
    .selectFrom('content')
    .select(NOTE)
    .where('id', 'in', [...ids])
    .execute()
}

/** Notes of one scope in order of their ids. */
export function listNotes(db: Db, { scope, scopeId }: ContentScope, beyond: string, limit: number): Promise<NoteRow[]> {
  return db
    .selectFrom('content')
    .select(NOTE)
    .where(SCOPE_COLUMN[scope], '=', scopeId)
    .where('id', '>', beyond)
    .orderBy('id')
    .limit(limit)
    .execute()
}

function held(eb: ExpressionBuilder<Database, 'content'>): ExpressionWrapper<Database, 'content', SqlBool> {
  return eb.exists(
    eb
      .selectFrom('contentHold as h')
      .select(sql.lit(1).as('one'))
      .where('h.liftedAt', 'is', null)
      .where((on) =>
        on.or([
          on.and([on('h.scope', '=', 'decision'), on('h.scopeId', '=', on.ref('content.id'))]),
          on.and([on('h.scope', '=', 'organisation'), on('h.scopeId', '=', on.ref('content.organisation'))]),
          on.and([on('h.scope', '=', 'project'), on('h.scopeId', '=', on.ref('content.project'))]),
          on.and([on('h.scope', '=', 'key'), on('h.scopeId', '=', on.ref('content.key'))]),
          on.and([on('h.scope', '=', 'end_user'), on('h.scopeId', '=', on.ref('content.endUser'))]),
        ]),
      ),
  )
}

/** Ids of what may go: expired at `now`, under no hold. */
export async function listExpired(db: Db, now: Date, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('content')
    .select('id')
    .where('expiresAt', '<=', now)
    .where((eb) => eb.not(held(eb)))
    .orderBy('expiresAt')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** Deletes these, but for what a hold was placed on meanwhile. @returns how many */
export async function deleteIds(db: Db, ids: readonly string[]): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('content')
    .where('id', 'in', [...ids])
    .where((eb) => eb.not(held(eb)))
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Deletes what a scope has, but for what is held or must be preserved. */
export async function deleteScope(db: Db, { scope, scopeId }: ContentScope): Promise<{ erased: number; held: number }> {
  const { numDeletedRows } = await db
    .deleteFrom('content')
    .where(SCOPE_COLUMN[scope], '=', scopeId)
    .where('restricted', '=', false)
    .where((eb) => eb.not(held(eb)))
    .executeTakeFirst()
  const { count } = await db
    .selectFrom('content')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(SCOPE_COLUMN[scope], '=', scopeId)
    .executeTakeFirstOrThrow()
  return { erased: Number(numDeletedRows), held: Number(count) }
}

export function listWrapped(
  db: Db,
  notBy: string,
  limit: number,
): Promise<Pick<ContentRow, 'id' | 'wrappedBy' | 'wrappedKey'>[]> {
  return db
    .selectFrom('content')
    .select(['id', 'wrappedBy', 'wrappedKey'])
    .where('wrappedBy', '!=', notBy)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Only if nobody has done it meanwhile. */
export async function storeWrapping(db: Db, id: string, was: string, by: string, wrappedKey: Buffer): Promise<void> {
  await db
    .updateTable('content')
    .set({ wrappedBy: by, wrappedKey })
    .where('id', '=', id)
    .where('wrappedBy', '=', was)
    .execute()
}

/** The content keys that rows name. */
export async function listWrappers(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('content').select('wrappedBy').distinct().execute()
  return rows.map(({ wrappedBy }) => wrappedBy)
}

/** @returns false when the same hold is in force already. */
export async function insertHold(
  db: Db,
  hold: NewHold & { id: string; placedBy: string; placedAt: Date },
): Promise<boolean> {
  const inserted = await db
    .insertInto('contentHold')
    .values({ ...hold, liftedBy: null, liftedAt: null })
    .onConflict((c) => c.doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function findHold(db: Db, id: string): Promise<Hold | null> {
  const row = await db.selectFrom('contentHold').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toHold(row)
}

export async function liftHold(db: Db, id: string, by: string, at: Date): Promise<void> {
  await db
    .updateTable('contentHold')
    .set({ liftedBy: by, liftedAt: at })
    .where('id', '=', id)
    .where('liftedAt', 'is', null)
    .execute()
}

/** Newest first; those in force alone unless `lifted`. */
export async function listHolds(
  db: Db,
  { after, limit, lifted = false }: { after?: string | undefined; limit: number; lifted?: boolean },
): Promise<Hold[]> {
  const rows = await db
    .selectFrom('contentHold')
    .selectAll()
    .$if(!lifted, (q) => q.where('liftedAt', 'is', null))
    .$if(after !== undefined, (q) => q.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toHold)
}

function toHold(row: Selectable<Database['contentHold']>): Hold {
  const { placedAt, liftedAt, ...rest } = row
  return Hold.parse({ ...rest, placedAt: placedAt.toISOString(), liftedAt: liftedAt?.toISOString() ?? null })
}

export async function listZeroRetention(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('contentProject').select('project').where('zeroRetention', '=', true).execute()
  return rows.map(({ project }) => project)
}

export async function setZeroRetention(db: Db, project: string, zeroRetention: boolean): Promise<void> {
  await db
    .insertInto('contentProject')
    .values({ project, zeroRetention })
    .onConflict((c) => c.column('project').doUpdateSet({ zeroRetention }))
    .execute()
}
