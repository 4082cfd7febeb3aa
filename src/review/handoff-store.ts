import type { Db } from '../db/index.ts'
import type { CaseRow, HandoffRow } from './store.ts'

type Draft = Pick<HandoffRow, 'caseId' | 'form' | 'draftedBy' | 'draftedAt'>

export function putDraft(tx: Db, draft: Draft): Promise<HandoffRow> {
  const { caseId: _, ...rest } = draft
  return tx
    .insertInto('reviewHandoff')
    .values({ ...draft, sentBy: null, sentAt: null, reportNumber: null })
    .onConflict((c) => c.column('caseId').doUpdateSet(rest))
    .returningAll()
    .executeTakeFirstOrThrow()
}

export function markSent(
  tx: Db,
  caseId: string,
  sent: { sentBy: string; sentAt: Date; reportNumber: string },
): Promise<HandoffRow> {
  const update = tx.updateTable('reviewHandoff').set(sent).where('caseId', '=', caseId)
  return update.returningAll().executeTakeFirstOrThrow()
}

export async function findHandoff(db: Db, caseId: string): Promise<HandoffRow | null> {
  return (await db.selectFrom('reviewHandoff').selectAll().where('caseId', '=', caseId).executeTakeFirst()) ?? null
}

export function listOwed(db: Db, limit: number): Promise<CaseRow[]> {
  const rows = db.selectFrom('reviewCase').selectAll().where('handoff', 'in', ['owed', 'drafted'])
  return rows.where('state', '=', 'decided').orderBy('decidedAt').limit(limit).execute()
}

export async function countOwedSince(db: Db, before: Date): Promise<number> {
  const { count } = await db
    .selectFrom('reviewCase')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('handoff', 'in', ['owed', 'drafted'])
    .where('decidedAt', '<=', before)
    .executeTakeFirstOrThrow()
  return Number(count)
}
