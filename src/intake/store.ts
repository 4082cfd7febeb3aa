import { sql } from 'kysely'
import { type Db, RECORD_TABLES } from '../db/index.ts'
import { Records, type SealedText } from '../journal/index.ts'
import { REPORT } from './kinds.ts'
import { Report } from './schema.ts'

/** The documents of the room. */
export const records = new Records(RECORD_TABLES.intake)

type StoredRecords = Parameters<typeof records.apply>[1]

interface StoredChange {
  readonly puts: StoredRecords
  readonly texts: readonly SealedText[]
  readonly keepFiles: readonly { readonly id: string; readonly recordId: string }[]
  readonly forget: readonly string[]
  readonly drops: readonly { readonly kind: string; readonly id: string }[]
}

/** Brings a recorded change into effect; `tx` is a transaction. Forgetting comes last: what a change adds and forgets is gone. */
export async function applyChange(tx: Db, { puts, texts, keepFiles, forget, drops }: StoredChange): Promise<void> {
  await records.apply(tx, puts)
  for (const text of texts) {
    await tx
      .insertInto('intakeText')
      .values(text)
      .onConflict((c) => c.columns(['recordId', 'part']).doUpdateSet({ sealed: text.sealed }))
      .execute()
  }
  for (const { id, recordId } of keepFiles)
    await tx.updateTable('intakeFile').set({ recordId }).where('id', '=', id).execute()
  for (const recordId of forget) {
    await tx.deleteFrom('intakeText').where('recordId', '=', recordId).execute()
    await tx.deleteFrom('intakeFile').where('recordId', '=', recordId).execute()
  }
  for (const { kind, id } of drops)
    await tx.deleteFrom('intakeRecord').where('kind', '=', kind).where('id', '=', id).execute()
}

/** The sealed words of a record, by part. */
export function textsOf(db: Db, recordId: string): Promise<SealedText[]> {
  return db.selectFrom('intakeText').selectAll().where('recordId', '=', recordId).orderBy('part').execute()
}

/** A file that belongs to no record yet: a change must keep it, or it goes. */
export async function addFile(db: Db, file: { id: string; sealed: Buffer; createdAt: Date }): Promise<void> {
  await db
    .insertInto('intakeFile')
    .values({ ...file, recordId: null })
    .execute()
}

/** The sealed bytes of a file of this record; null when there is none. */
export async function fileOf(db: Db, recordId: string, id: string): Promise<Buffer | null> {
  const row = await db
    .selectFrom('intakeFile')
    .select('sealed')
    .where('id', '=', id)
    .where('recordId', '=', recordId)
    .executeTakeFirst()
  return row === undefined ? null : Buffer.from(row.sealed)
}

/** @returns how many went */
export async function removeUnclaimedFiles(db: Db, before: Date): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('intakeFile')
    .where('recordId', 'is', null)
    .where('createdAt', '<', before)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Reports received from one instant until before another, oldest first. */
export async function reportsBetween(db: Db, from: Date, to: Date): Promise<Report[]> {
  const rows = await db
    .selectFrom('intakeRecord')
    .select('body')
    .where('kind', '=', REPORT.kind)
    .where('at', '>=', from)
    .where('at', '<', to)
    .orderBy('id')
    .execute()
  return rows.map(({ body }) => Report.parse(JSON.parse(body)))
}

/** How many reports there are, by kind and state. */
export async function tallyReports(db: Db): Promise<{ kind: string; state: string; count: number }[]> {
  const kind = sql<string>`body::json ->> 'kind'`
  const rows = await db
    .selectFrom('intakeRecord')
    .select(({ fn }) => [kind.as('reported'), 'state', fn.countAll<string>().as('count')])
    .where('kind', '=', REPORT.kind)
    .groupBy([kind, 'state'])
    .execute()
  return rows.map(({ reported, state, count }) => ({ kind: reported, state, count: Number(count) }))
}
