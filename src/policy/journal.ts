import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Db, DbHandle } from '../db/index.ts'
import { type Happening, record, toEvent } from '../journal/index.ts'
import type { Actor, EventLog } from '../ledger/index.ts'
import { lockHead } from './store.ts'

/** What the parts of the room share. */
export interface PolicyContext {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

export const SYSTEM: Actor = { type: 'system', id: 'policy' }

/**
 * Makes one change at a time, over all replicas. `work` decides from a state that nobody else changes meanwhile and stores what follows;
 * what it returns as `event` is on the ledger before any of it takes effect. When the ledger can't record, nothing has changed. A crash
 * between the two leaves an event whose change never took effect.
 *
 * @throws {AppError} LEDGER_UNAVAILABLE, and whatever `work` throws.
 */
export async function change<T>(
  { db, ledger, clock, ids }: PolicyContext,
  by: Actor,
  work: (tx: Db) => Promise<{ readonly event: Happening | null; readonly result: T }>,
): Promise<T> {
  return await db.db.transaction().execute(async (tx) => {
    await lockHead(tx)
    const { event, result } = await work(tx)
    if (event === null) return result
    const recorded = toEvent({ clock, ids }, by, { ...event, kind: `policy.${event.kind}` })
    await record(
      ledger,
      [recorded],
      'the change could not be recorded, so it was not made; try again once the ledger records',
    )
    return result
  })
}
