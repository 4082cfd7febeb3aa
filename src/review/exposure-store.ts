import type { Selectable } from 'kysely'
import type { Database, Db } from '../db/index.ts'

export type RevealRow = Selectable<Database['reviewReveal']>
export type AllowanceRow = Selectable<Database['reviewAllowance']>

export async function insertReveal(tx: Db, row: RevealRow): Promise<void> {
  await tx.insertInto('reviewReveal').values(row).execute()
}

/** Of something that then turned out not to be there. */
export async function removeReveal(db: Db, id: string): Promise<void> {
  await db.deleteFrom('reviewReveal').where('id', '=', id).execute()
}

export async function sumReveals(db: Db, reader: string, since: Date): Promise<{ items: number; weight: number }> {
  const { items, weight } = await db
    .selectFrom('reviewReveal')
    .select((eb) => [eb.fn.countAll<number>().as('items'), eb.fn.sum<number | null>('weight').as('weight')])
    .where('reader', '=', reader)
    .where('at', '>=', since)
    .executeTakeFirstOrThrow()
  return { items: Number(items), weight: Number(weight ?? 0) }
}

/** Times of the latest reveals, the newest first. */
export async function latestReveals(db: Db, reader: string, limit: number): Promise<Date[]> {
  const rows = db.selectFrom('reviewReveal').select('at').where('reader', '=', reader)
  return (await rows.orderBy('at', 'desc').limit(limit).execute()).map(({ at }) => at)
}

export function allowancesOf(db: Db, reader: string, day: string): Promise<AllowanceRow[]> {
  const rows = db.selectFrom('reviewAllowance').selectAll().where('reader', '=', reader).where('day', '=', day)
  return rows.orderBy('id').execute()
}

export async function insertAllowance(tx: Db, row: AllowanceRow): Promise<void> {
  await tx.insertInto('reviewAllowance').values(row).execute()
}

export async function acknowledge(tx: Db, reader: string, day: string, at: Date): Promise<string[]> {
  const rows = await tx
    .updateTable('reviewAllowance')
    .set({ acknowledgedAt: at })
    .where('reader', '=', reader)
    .where('day', '=', day)
    .where('acknowledgedAt', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}
