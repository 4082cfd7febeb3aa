import { iso } from '../base/clock.ts'
import type { Db } from '../db/index.ts'
import type { Actor } from '../ledger/index.ts'
import type { StaffContext } from './context.ts'
import { BOOTSTRAP, type Bootstrap } from './records.ts'
import * as store from './store.ts'

export async function bootstrapActive(db: Db, nowMs: number): Promise<boolean> {
  const bootstrap = await store.find(db, BOOTSTRAP, 'bootstrap')
  return bootstrap !== null && bootstrap.endedAt === null && nowMs < Date.parse(bootstrap.endsAt)
}

/** As everybody sees it; null when there never was one. */
export async function readBootstrap(context: StaffContext): Promise<(Bootstrap & { active: boolean }) | null> {
  const { db } = context.db
  const bootstrap = await store.find(db, BOOTSTRAP, 'bootstrap')
  return bootstrap === null ? null : { ...bootstrap, active: await bootstrapActive(db, context.clock.now()) }
}

/** Ends the first days early. One person may: it takes powers away. */
export function endBootstrap(context: StaffContext, by: Actor): Promise<void> {
  return context.journal.make(by, async (db) => {
    const bootstrap = await store.find(db, BOOTSTRAP, 'bootstrap')
    if (bootstrap === null || bootstrap.endedAt !== null) return { events: [], result: undefined }
    const ended = { ...bootstrap, endedAt: iso(context.clock.now()) }
    const event = { kind: 'staff.bootstrap_ended', subject: { type: 'bootstrap', id: 'bootstrap' } }
    return { events: [event], puts: [store.put(BOOTSTRAP, ended)], result: undefined }
  })
}
