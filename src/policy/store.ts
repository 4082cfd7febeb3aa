import { type Insertable, type Selectable, sql } from 'kysely'
import { AppError } from '../base/errors.ts'
import type { Database, Db } from '../db/index.ts'

export type VersionRow = Selectable<Database['policyVersion']>
export type DraftRow = Selectable<Database['policyDraft']>
export type ShadowRow = Selectable<Database['policyShadow']>
export type ReplayRow = Selectable<Database['policyReplay']>

/** Serialises changes: whoever holds this row changes alone, and what replicas poll has moved when it commits. */
export async function lockHead(tx: Db): Promise<void> {
  await tx
    .updateTable('policyHead')
    .set((eb) => ({ change: eb('change', '+', 1) }))
    .execute()
}

export async function readHead(db: Db): Promise<number> {
  return (await db.selectFrom('policyHead').select('change').executeTakeFirstOrThrow()).change
}

/** Newest first, without texts. */
export async function listVersions(db: Db): Promise<Omit<VersionRow, 'document'>[]> {
  return await db
    .selectFrom('policyVersion')
    .select(['number', 'version', 'digest', 'source', 'changelog', 'previous', 'draftId', 'approvalId'])
    .select(['requestedBy', 'approvedBy', 'publishedAt', 'effectiveAt', 'inForceAt'])
    .orderBy('number', 'desc')
    .limit(1_000)
    .execute()
}

export async function newestVersion(db: Db): Promise<VersionRow | undefined> {
  return await db.selectFrom('policyVersion').selectAll().orderBy('number', 'desc').limit(1).executeTakeFirst()
}

/** By its name or its digest; the newest where a file was edited without a new name. */
export async function findVersion(db: Db, reference: string): Promise<VersionRow | undefined> {
  return await db
    .selectFrom('policyVersion')
    .selectAll()
    .where((eb) => eb.or([eb('version', '=', reference), eb('digest', '=', reference)]))
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function versionOf(db: Db, number: number): Promise<VersionRow> {
  return await db.selectFrom('policyVersion').selectAll().where('number', '=', number).executeTakeFirstOrThrow()
}

export async function versionByApproval(db: Db, approvalId: string): Promise<VersionRow | undefined> {
  return await db.selectFrom('policyVersion').selectAll().where('approvalId', '=', approvalId).executeTakeFirst()
}

export async function insertVersion(tx: Db, row: Insertable<Database['policyVersion']>): Promise<void> {
  await tx.insertInto('policyVersion').values(row).execute()
}

/** @returns whether this call was the first to mark it. */
export async function markInForce(tx: Db, number: number, at: Date): Promise<boolean> {
  const rows = await tx
    .updateTable('policyVersion')
    .set({ inForceAt: at })
    .where('number', '=', number)
    .where('inForceAt', 'is', null)
    .returning('number')
    .execute()
  return rows.length > 0
}

/** @throws {AppError} NOT_FOUND */
export async function findDraft(db: Db, id: string): Promise<DraftRow> {
  const row = await db.selectFrom('policyDraft').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new AppError('NOT_FOUND', 'there is no such draft')
  return row
}

/** Newest first. */
export async function listDrafts(
  db: Db,
  state: string | undefined,
  after: string | undefined,
  limit: number,
): Promise<DraftRow[]> {
  return await db
    .selectFrom('policyDraft')
    .selectAll()
    .$if(state !== undefined, (q) => q.where('state', '=', state ?? ''))
    .$if(after !== undefined, (q) => q.where('id', '<', after ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export async function putDraft(tx: Db, row: DraftRow): Promise<void> {
  const { id: _, ...rest } = row
  await tx
    .insertInto('policyDraft')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
    .execute()
}

/** The one that runs, else the newest that ran. */
export async function findShadow(db: Db, draftId: string): Promise<ShadowRow | undefined> {
  return await db.selectFrom('policyShadow').selectAll().where('draftId', '=', draftId).executeTakeFirst()
}

export async function runningShadow(db: Db): Promise<ShadowRow | undefined> {
  return await db.selectFrom('policyShadow').selectAll().where('stoppedAt', 'is', null).executeTakeFirst()
}

export async function putShadow(tx: Db, row: ShadowRow): Promise<void> {
  const { draftId: _, ...rest } = row
  await tx
    .insertInto('policyShadow')
    .values(row)
    .onConflict((conflict) => conflict.column('draftId').doUpdateSet(rest))
    .execute()
}

/** For a change of its counts: replicas add theirs one after the other. */
export async function lockShadow(tx: Db, draftId: string): Promise<ShadowRow | undefined> {
  return await tx.selectFrom('policyShadow').selectAll().where('draftId', '=', draftId).forUpdate().executeTakeFirst()
}

export async function setShadowCounts(tx: Db, draftId: string, counts: string): Promise<void> {
  await tx.updateTable('policyShadow').set({ counts }).where('draftId', '=', draftId).execute()
}

export async function insertReplay(db: Db, row: Insertable<Database['policyReplay']>): Promise<void> {
  await db.insertInto('policyReplay').values(row).execute()
}

export async function updateReplay(db: Db, id: string, set: Partial<Omit<ReplayRow, 'id'>>): Promise<void> {
  await db.updateTable('policyReplay').set(set).where('id', '=', id).execute()
}

export async function findReplay(db: Db, id: string): Promise<ReplayRow | undefined> {
  return await db.selectFrom('policyReplay').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Of one draft, newest first, without reports. */
export async function listReplays(db: Db, draftId: string, limit: number): Promise<Omit<ReplayRow, 'report'>[]> {
  return await db
    .selectFrom('policyReplay')
    .select(['id', 'draftId', 'revision', 'since', 'state', 'rows', 'problem', 'startedAt', 'startedBy', 'updatedAt'])
    .where('draftId', '=', draftId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export async function runningReplays(db: Db, freshSince: Date): Promise<number> {
  const { count } = await db
    .selectFrom('policyReplay')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('state', '=', 'running')
    .where('updatedAt', '>', freshSince)
    .executeTakeFirstOrThrow()
  return count
}
