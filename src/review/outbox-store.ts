import { sql } from 'kysely'
import type { Db } from '../db/index.ts'

/** "rev-tell" in ASCII: one process brings events to the ledger at a time, in order. */
const TELLING_LOCK = 0x7265_762d_7465_6c6cn

export interface Letter {
  readonly position: number
  readonly body: string
  readonly attempts: number
}

export async function put(tx: Db, channel: string, bodies: readonly string[], dueAt: Date): Promise<void> {
  if (bodies.length === 0) return
  await tx
    .insertInto('reviewOutbox')
    .values(bodies.map((body) => ({ channel, body, dueAt })))
    .execute()
}

/** Takes the lock for the rest of the transaction; false when another process has it. */
export async function lockTelling(tx: Db): Promise<boolean> {
  const { rows } = await sql<{
    ok: boolean
  }>`select pg_try_advisory_xact_lock(${TELLING_LOCK.toString()}::int8) as ok`.execute(tx)
  return rows[0]?.ok === true
}

export function oldest(tx: Db, channel: string, limit: number): Promise<Letter[]> {
  const rows = tx.selectFrom('reviewOutbox').select(['position', 'body', 'attempts']).where('channel', '=', channel)
  return rows.orderBy('position').limit(limit).execute()
}

export async function remove(tx: Db, positions: readonly number[]): Promise<void> {
  if (positions.length === 0) return
  await tx
    .deleteFrom('reviewOutbox')
    .where('position', 'in', [...positions])
    .execute()
}

/** Takes one that is due, for as long as `lease` says; whoever fails to remove it by then leaves it to the next. */
export async function lease(db: Db, channel: string, now: Date, until: Date): Promise<Letter | null> {
  const due = db
    .selectFrom('reviewOutbox')
    .select('position')
    .where('channel', '=', channel)
    .where('dueAt', '<=', now)
    .orderBy('position')
    .limit(1)
    .forUpdate()
    .skipLocked()
  const leased = await db
    .with('due', () => due)
    .updateTable('reviewOutbox')
    .from('due')
    .set((eb) => ({ dueAt: until, attempts: eb('attempts', '+', 1) }))
    .whereRef('reviewOutbox.position', '=', 'due.position')
    .returning(['reviewOutbox.position', 'reviewOutbox.body', 'reviewOutbox.attempts'])
    .executeTakeFirst()
  return leased ?? null
}

export async function postpone(db: Db, position: number, dueAt: Date): Promise<void> {
  await db.updateTable('reviewOutbox').set({ dueAt }).where('position', '=', position).execute()
}

export async function waiting(db: Db, channel: string): Promise<boolean> {
  const row = await db
    .selectFrom('reviewOutbox')
    .select('position')
    .where('channel', '=', channel)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
