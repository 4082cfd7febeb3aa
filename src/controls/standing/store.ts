import { sql } from 'kysely'
import type { Db } from '../../db/index.ts'

/** The turn to look at the controls of one ledger. */
export interface Turn {
  readonly origin: string
  readonly holder: string
  readonly now: Date
  readonly leaseMs: number
}

/**
 * Takes or keeps the turn.
 *
 * @returns how far the ledger was read; null while another process has the turn
 */
export async function takeTurn(db: Db, { origin, holder, now, leaseMs }: Turn): Promise<number | null> {
  const leasedUntil = new Date(now.getTime() + leaseMs)
  const row = await db
    .insertInto('controlTurn')
    .values({ origin, holder, leasedUntil, next: 0 })
    .onConflict((c) =>
      c
        .column('origin')
        .doUpdateSet({ holder, leasedUntil })
        .where((eb) => eb.or([eb('controlTurn.holder', '=', holder), eb('controlTurn.leasedUntil', '<=', now)])),
    )
    .returning('next')
    .executeTakeFirst()
  return row === undefined ? null : Number(row.next)
}

/** Lets another take the turn at once. */
export async function leaveTurn(db: Db, origin: string, holder: string, now: Date): Promise<void> {
  await db
    .updateTable('controlTurn')
    .set({ leasedUntil: now })
    .where('origin', '=', origin)
    .where('holder', '=', holder)
    .execute()
}

export interface EntryRow {
  readonly kind: string
  readonly subject: string
  readonly position: number
  readonly at: Date
}

const ROWS_AT_ONCE = 500

/** Notes the newest entries and how far that goes, together. @param rows at most one for each kind and subject */
export async function noteEntries(db: Db, origin: string, rows: readonly EntryRow[], next: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
      const values = rows.slice(start, start + ROWS_AT_ONCE).map((row) => ({ origin, ...row }))
      await tx
        .insertInto('controlEntry')
        .values(values)
        .onConflict((c) =>
          c
            .columns(['origin', 'kind', 'subject'])
            .doUpdateSet({ position: sql`excluded.position`, at: sql`excluded.at` })
            .where((eb) => eb('controlEntry.position', '<', eb.ref('excluded.position'))),
        )
        .execute()
    }
    await tx.updateTable('controlTurn').set({ next }).where('origin', '=', origin).execute()
  })
}

/** Forgets what was read, so that it is read anew. */
export async function forgetEntries(db: Db, origin: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('controlEntry').where('origin', '=', origin).execute()
    await tx.updateTable('controlTurn').set({ next: 0 }).where('origin', '=', origin).execute()
  })
}

export async function lastEntry(
  db: Db,
  origin: string,
  kinds: readonly string[],
  subject: string | null,
): Promise<EntryRow | null> {
  let rows = db
    .selectFrom('controlEntry')
    .select(['kind', 'subject', 'position', 'at'])
    .where('origin', '=', origin)
    .where('kind', 'in', [...kinds])
  if (subject !== null) rows = rows.where('subject', '=', subject)
  const row = await rows.orderBy('position', 'desc').limit(1).executeTakeFirst()
  return row === undefined ? null : { ...row, position: Number(row.position) }
}

export async function eachEntry(db: Db, origin: string, kind: string, limit: number): Promise<EntryRow[]> {
  const rows = await db
    .selectFrom('controlEntry')
    .select(['kind', 'subject', 'position', 'at'])
    .where('origin', '=', origin)
    .where('kind', '=', kind)
    .where('subject', '<>', '')
    .orderBy('position', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, position: Number(row.position) }))
}

export async function writeBoard(db: Db, origin: string, at: Date, body: string): Promise<void> {
  await db
    .insertInto('controlBoard')
    .values({ origin, at, body })
    .onConflict((c) => c.column('origin').doUpdateSet({ at, body }))
    .execute()
}

export async function readBoard(db: Db, origin: string): Promise<{ readonly at: Date; readonly body: string } | null> {
  const row = await db.selectFrom('controlBoard').select(['at', 'body']).where('origin', '=', origin).executeTakeFirst()
  return row ?? null
}
