import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '../db/index.ts'
import { LedgerEvent } from '../ledger/index.ts'

/** How long a holder may be silent between two queries: longer than any append to the ledger takes that succeeds. */
const SILENCE = '4s'

/**
 * Work that no other process does at the same time for the same room. Held for the session, not for a transaction, since a change spans
 * two; it ends with the connection, so that a crash leaves none behind.
 *
 * PostgreSQL ends the connection of a holder that falls silent, such as a process that was stopped: everybody else would wait for it. What
 * it had decided is finished by who comes next, and it learns at its next query that it holds nothing any more. The embedded store has no
 * other process that could wait, and its server can't arm the timer.
 *
 * @param work gets the one connection that holds the lock; on the embedded store there is no other.
 */
export function alone<T>(db: Db, room: string, work: (db: Db) => Promise<T>): Promise<T> {
  const lock = sql`hashtextextended(${`journal ${room}`}, 0)`
  return db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${lock}), ${timers(SILENCE)}`.execute(connection)
    try {
      return await work(connection)
    } finally {
      await sql`select pg_advisory_unlock(${lock}), ${timers(null)}`.execute(connection)
    }
  })
}

/** @param silence null = what the server does otherwise */
function timers(silence: string | null): RawBuilder<unknown> {
  const timer = (name: string) =>
    sql`case when version() like '%PGlite%' then null else set_config(${name}, ${silence}::text, false) end`
  return sql`${timer('idle_session_timeout')}, ${timer('idle_in_transaction_session_timeout')}`
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
