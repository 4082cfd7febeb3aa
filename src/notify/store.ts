import { sql } from 'kysely'
import type { Db } from '../db/index.ts'
import type { DeliveryState } from './schema.ts'

export interface Cursor {
  readonly channel: string
  readonly position: number
  readonly failures: number
}

const LEASE_MS = 60_000

/** Makes the mark of a channel where there is none yet: it hears of what happens from now on. */
export async function openCursor(db: Db, channel: string, position: number, now: Date): Promise<void> {
  await db
    .insertInto('notifyCursor')
    .values({ channel, position, leasedUntil: now, failures: 0, nextAt: now, lastError: null, lastSuccessAt: null })
    .onConflict((c) => c.column('channel').doNothing())
    .execute()
}

/** Takes a channel for one process, for a minute; null when another has it, or it waits after a failure. */
export async function leaseCursor(db: Db, channel: string, now: Date): Promise<Cursor | null> {
  const row = await db
    .updateTable('notifyCursor')
    .set({ leasedUntil: new Date(now.getTime() + LEASE_MS) })
    .where('channel', '=', channel)
    .where('leasedUntil', '<=', now)
    .where('nextAt', '<=', now)
    .returning(['channel', 'position', 'failures'])
    .executeTakeFirst()
  return row === undefined ? null : { ...row, position: Number(row.position) }
}

export async function moveCursor(db: Db, { channel, position }: Cursor, to: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('notifyCursor')
    .set({ position: to })
    .where('channel', '=', channel)
    .where('position', '=', position)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function releaseCursor(
  db: Db,
  channel: string,
  outcome: { now: Date } & ({ error: string; nextAt: Date } | { sent: boolean }),
): Promise<void> {
  const set =
    'error' in outcome
      ? { failures: sql<number>`failures + 1`, lastError: outcome.error, nextAt: outcome.nextAt }
      : { failures: 0, nextAt: outcome.now, ...(outcome.sent ? { lastError: null, lastSuccessAt: outcome.now } : {}) }
  await db
    .updateTable('notifyCursor')
    .set({ leasedUntil: outcome.now, ...set })
    .where('channel', '=', channel)
    .execute()
}

export async function listCursors(db: Db) {
  const rows = await db.selectFrom('notifyCursor').selectAll().execute()
  return rows.map((row) => ({ ...row, position: Number(row.position) }))
}

export interface NewDelivery {
  readonly id: string
  readonly channel: string
  readonly position: number
  readonly kind: string
}

export async function addDeliveries(db: Db, deliveries: readonly NewDelivery[], now: Date): Promise<void> {
  if (deliveries.length === 0) return
  const fresh = { state: 'waiting' as const, attempts: 0, nextAt: now, createdAt: now, endedAt: null, lastError: null }
  await db
    .insertInto('notifyDelivery')
    .values(deliveries.map((delivery) => ({ ...delivery, ...fresh })))
    .onConflict((c) => c.columns(['channel', 'position']).doNothing())
    .execute()
}

/** Takes messages that are due, for a minute: their next attempt moves there, should this process die. */
export async function claimDue(db: Db, limit: number, now: Date) {
  const due = db
    .selectFrom('notifyDelivery')
    .select('id')
    .where('state', '=', 'waiting')
    .where('nextAt', '<=', now)
    .orderBy('nextAt')
    .limit(limit)
    .forUpdate()
    .skipLocked()
  const rows = await db
    .updateTable('notifyDelivery')
    .set({ nextAt: new Date(now.getTime() + LEASE_MS), attempts: sql<number>`attempts + 1` })
    .where('id', 'in', due)
    .returningAll()
    .execute()
  return rows.map((row) => ({ ...row, position: Number(row.position) }))
}

export async function endDelivery(
  db: Db,
  id: string,
  end: { state: 'delivered' | 'failed' | 'erased'; error: string | null; at: Date },
): Promise<void> {
  await db
    .updateTable('notifyDelivery')
    .set({ state: end.state, lastError: end.error, endedAt: end.at })
    .where('id', '=', id)
    .execute()
}

export async function postpone(db: Db, id: string, error: string, nextAt: Date): Promise<void> {
  await db.updateTable('notifyDelivery').set({ lastError: error, nextAt }).where('id', '=', id).execute()
}

/** Failed ones only: what waits goes anyway, and what arrived has arrived. */
export async function retryDelivery(db: Db, id: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('notifyDelivery')
    .set({ state: 'waiting', attempts: 0, nextAt: now, endedAt: null })
    .where('id', '=', id)
    .where('state', '=', 'failed')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function listDeliveries(
  db: Db,
  query: { channel?: string | undefined; state?: DeliveryState | undefined; after?: string | undefined; limit: number },
) {
  const rows = await db
    .selectFrom('notifyDelivery')
    .selectAll()
    .$if(query.channel !== undefined, (q) => q.where('channel', '=', query.channel ?? ''))
    .$if(query.state !== undefined, (q) => q.where('state', '=', query.state ?? 'waiting'))
    .$if(query.after !== undefined, (q) => q.where('id', '<', query.after ?? ''))
    .orderBy('id', 'desc')
    .limit(query.limit)
    .execute()
  return rows.map((row) => ({ ...row, position: Number(row.position) }))
}

export async function countDeliveries(
  db: Db,
): Promise<Map<string, { waiting: number; failed: number; lastError: string | null; lastSuccessAt: Date | null }>> {
  const rows = await db
    .selectFrom('notifyDelivery')
    .select((eb) => [
      'channel',
      eb.fn.countAll().filterWhere('state', '=', 'waiting').as('waiting'),
      eb.fn.countAll().filterWhere('state', '=', 'failed').as('failed'),
      eb.fn.max('lastError').filterWhere('state', 'in', ['waiting', 'failed']).as('lastError'),
      eb.fn.max('endedAt').filterWhere('state', '=', 'delivered').as('lastSuccessAt'),
    ])
    .groupBy('channel')
    .execute()
  return new Map(
    rows.map(({ channel, waiting, failed, lastError, lastSuccessAt }) => [
      channel,
      { waiting: Number(waiting), failed: Number(failed), lastError, lastSuccessAt },
    ]),
  )
}

/** What arrived long ago is on the ledger anyway. Failed ones stay until somebody looks. */
export async function forgetDelivered(db: Db, before: Date): Promise<void> {
  await db
    .deleteFrom('notifyDelivery')
    .where('state', 'in', ['delivered', 'erased'])
    .where('endedAt', '<', before)
    .execute()
}

export async function addWebhook(
  db: Db,
  webhook: { id: string; organisationId: string; url: string; sealedSecret: Buffer; createdAt: Date },
): Promise<void> {
  await db
    .insertInto('notifyWebhook')
    .values({ ...webhook, endedAt: null, endedWhy: null })
    .execute()
}

export async function listWebhooks(db: Db, organisationId?: string) {
  return await db
    .selectFrom('notifyWebhook')
    .selectAll()
    .$if(organisationId !== undefined, (q) => q.where('organisationId', '=', organisationId ?? ''))
    .orderBy('id')
    .execute()
}

export async function endWebhook(db: Db, id: string, why: string, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('notifyWebhook')
    .set({ endedAt: at, endedWhy: why })
    .where('id', '=', id)
    .where('endedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
