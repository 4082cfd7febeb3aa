import type { Db } from '../../../db/index.ts'

/**
 * Takes or keeps the turn to watch a ledger.
 *
 * @param turn.next how far the watch is, where it has begun
 * @returns false while another has the turn
 */
export async function takeTurn(
  db: Db,
  turn: {
    readonly origin: string
    readonly holder: string
    readonly now: Date
    readonly leaseMs: number
    readonly next: number | null
  },
): Promise<boolean> {
  const { origin, holder, now, next } = turn
  const leasedUntil = new Date(now.getTime() + turn.leaseMs)
  const row = await db
    .insertInto('insiderTurn')
    .values({ origin, holder, leasedUntil, next: next ?? 0 })
    .onConflict((c) =>
      c
        .column('origin')
        .doUpdateSet({ holder, leasedUntil, ...(next === null ? {} : { next }) })
        .where((eb) => eb.or([eb('insiderTurn.holder', '=', holder), eb('insiderTurn.leasedUntil', '<=', now)])),
    )
    .returning('holder')
    .executeTakeFirst()
  return row !== undefined
}

/** Lets another take the turn at once, and says how far the watch is. */
export async function leaveTurn(
  db: Db,
  { origin, holder, now, next }: { origin: string; holder: string; now: Date; next: number },
): Promise<void> {
  await db
    .updateTable('insiderTurn')
    .set({ leasedUntil: now, next })
    .where('origin', '=', origin)
    .where('holder', '=', holder)
    .execute()
}

export async function readTurn(
  db: Db,
  origin: string,
): Promise<{ holder: string | null; leasedUntil: Date; next: number } | null> {
  const row = await db.selectFrom('insiderTurn').selectAll().where('origin', '=', origin).executeTakeFirst()
  return row === undefined ? null : { holder: row.holder, leasedUntil: row.leasedUntil, next: Number(row.next) }
}

export interface StoredState {
  readonly next: number
  readonly at: Date
  readonly sealed: Buffer
}

/** `memory`: what the watch goes on from; `board`: how risk stands. */
export type StatePart = 'memory' | 'board'

export async function readState(db: Db, origin: string, part: StatePart): Promise<StoredState | null> {
  const row = await db
    .selectFrom('insiderState')
    .select(['next', 'at', 'sealed'])
    .where('origin', '=', origin)
    .where('part', '=', part)
    .executeTakeFirst()
  return row === undefined ? null : { ...row, next: Number(row.next), sealed: Buffer.from(row.sealed) }
}

export async function writeState(db: Db, origin: string, part: StatePart, state: StoredState): Promise<void> {
  await db
    .insertInto('insiderState')
    .values({ origin, part, ...state })
    .onConflict((c) => c.columns(['origin', 'part']).doUpdateSet({ ...state }))
    .execute()
}

export async function dropState(db: Db, origin: string): Promise<void> {
  await db.deleteFrom('insiderState').where('origin', '=', origin).execute()
}
