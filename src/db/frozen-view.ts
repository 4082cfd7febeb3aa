import { sql } from 'kysely'
import type { DbHandle } from './open.ts'
import type { Db } from './schema.ts'

/**
 * Reads the store as it is at one instant, at which no change is between the ledger and its effect: whoever is about to record one waits for that
 * instant, and no longer.
 *
 * @param at runs at that instant: what else must be seen as it is then
 * @param read reads the tables, in a transaction that shows them as they were
 */
export async function frozenView<Instant, Value>(
  { db, kind }: DbHandle,
  at: () => Promise<Instant>,
  read: (tx: Db) => Promise<Value>,
): Promise<{ instant: Instant; value: Value }> {
  // Its one connection is lent to one at a time: who holds it holds everything still.
  if (kind === 'embedded')
    return await db.transaction().execute(async (tx) => ({ instant: await at(), value: await read(tx) }))
  return await db.connection().execute(async (reader) => {
    const instant = await db.transaction().execute(async (holder) => {
      await sql`lock table journal_intent in share mode`.execute(holder)
      await sql`begin isolation level repeatable read, read only`.execute(reader)
      await sql`select 1 from journal_intent limit 1`.execute(reader) // from here on it sees this instant
      return await at()
    })
    try {
      return { instant, value: await read(reader) }
    } finally {
      await sql`rollback`.execute(reader)
    }
  })
}
