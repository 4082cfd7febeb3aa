import type { Db } from '../db/index.ts'

/** What the case that another room asked for is about. */
export async function sourceOf(db: Db, caseId: string): Promise<string | null> {
  const row = await db.selectFrom('reviewItem').select('source').where('caseId', '=', caseId).executeTakeFirst()
  return row?.source ?? null
}

/** What cases of these sources have come to; null = not decided yet. */
export async function outcomesOf(db: Db, sources: readonly string[]): Promise<Map<string, string | null>> {
  if (sources.length === 0) return new Map()
  const rows = await db
    .selectFrom('reviewItem')
    .innerJoin('reviewCase', 'reviewCase.id', 'reviewItem.caseId')
    .select(['reviewItem.source', 'reviewCase.outcome'])
    .where('reviewItem.source', 'in', [...sources])
    .execute()
  return new Map(rows.map(({ source, outcome }) => [source, outcome]))
}
