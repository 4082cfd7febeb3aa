import { sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '../db/index.ts'
import { LedgerEvent } from '../ledger/index.ts'

/**
 * Work that no other process does at the same time for the same room. Held for the session, not for a transaction, since a change spans
 * two; it ends with the connection, so that a crash leaves none behind.
 *
 * @param work gets the one connection that holds the lock; on the embedded store there is no other.
 */
export function alone<T>(db: Db, room: string, work: (db: Db) => Promise<T>): Promise<T> {
  const lock = sql`hashtextextended(${`journal ${room}`}, 0)`
  return db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${lock})`.execute(connection)
    try {
      return await work(connection)
    } finally {
      await sql`select pg_advisory_unlock(${lock})`.execute(connection)
    }
  })
}

/** A change that is decided, with the events that tell of it. */
export interface Intent<Change> {
  readonly id: number
  readonly events: readonly LedgerEvent[]
  readonly change: Change
}

export async function insertIntent<Change>(
  db: Db,
  room: string,
  createdAt: Date,
  { events, change }: Omit<Intent<Change>, 'id'>,
): Promise<Intent<Change>> {
  const { id } = await db
    .insertInto('journalIntent')
    .values({ room, events: JSON.stringify(events), change: JSON.stringify(change), createdAt })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, events, change }
}

export async function anyIntent(db: Db, room: string): Promise<boolean> {
  const row = await db.selectFrom('journalIntent').select('id').where('room', '=', room).limit(1).executeTakeFirst()
  return row !== undefined
}

/** In the order in which they were decided. */
export async function listIntents<Schema extends z.ZodType>(
  db: Db,
  room: string,
  schema: Schema,
): Promise<Intent<z.output<Schema>>[]> {
  const rows = await db
    .selectFrom('journalIntent')
    .select(['id', 'events', 'change'])
    .where('room', '=', room)
    .orderBy('id')
    .execute()
  return rows.map(({ id, events, change }) => ({
    id,
    events: z.array(LedgerEvent).parse(JSON.parse(events)),
    change: schema.parse(JSON.parse(change)),
  }))
}

export async function deleteIntent(tx: Db, room: string, id: number): Promise<void> {
  await tx.deleteFrom('journalIntent').where('room', '=', room).where('id', '=', id).execute()
}
