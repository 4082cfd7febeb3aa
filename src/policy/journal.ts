import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Db, DbHandle } from '../db/index.ts'
import type { Actor, EventData, LedgerEvent } from '../ledger/index.ts'
import { lockHead } from './store.ts'

/** The part of the ledger that the policy needs. On the embedded store it must not use the same database: its one connection is taken. */
export interface EventLog {
  /** Resolves when the event is durable; a rejection leaves open whether it is. */
  append(event: LedgerEvent): Promise<{ position: number }>
}

/** What the parts of the room share. */
export interface PolicyContext {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

/** What happened to a version or a draft, by identifiers alone. */
export interface Happening {
  readonly kind: string
  readonly subject: { readonly type: 'policy_version' | 'policy_draft'; readonly id: string }
  readonly data: EventData
  /** Given where the same thing may be recorded again after a crash: it then counts once. */
  readonly eventId?: string
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
    const { kind, subject, data, eventId = ids.next('evt') } = event
    try {
      const time = new Date(clock.now()).toISOString()
      await ledger.append({ id: eventId, time, kind: `policy.${kind}`, actor: by, subject, digests: {}, data })
    } catch (cause) {
      const message = 'the change could not be recorded, so it was not made; try again once the ledger records'
      throw new AppError('LEDGER_UNAVAILABLE', message, { cause })
    }
    return result
  })
}
