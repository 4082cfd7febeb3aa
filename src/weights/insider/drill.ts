import { iso } from '../../base/clock.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Activity } from './activity/index.ts'
import { closeDrills } from './cases/cases.ts'
import { DRILL_PREFIX } from './cases/raised.ts'
import { type InsiderContext, SYSTEM } from './context.ts'
import type { DrillReport } from './drill-schema.ts'
import type { Imports } from './imports.ts'
import { ALERT, CASE, DRILL } from './kinds.ts'
import { records } from './records.ts'

const READS = 20
const READ_BYTES = 64 * 1024 * 1024
const STEP_MS = 10
const FAILED_MS = 30_000
const WITHIN_MS = 2_000

/** Whether the watch really sees: plants a campaign that is plainly marked, under somebody who doesn't exist, and waits for the alert. */
export class Drills {
  readonly #context: InsiderContext
  readonly #imports: Pick<Imports, 'add'>

  constructor(context: InsiderContext, imports: Pick<Imports, 'add'>) {
    this.#context = context
    this.#imports = imports
  }

  /** @throws {AppError} LEDGER_UNAVAILABLE */
  async start(by: Actor): Promise<DrillReport> {
    const { clock, ids, journal } = this.#context
    const id = ids.next('idrl')
    const activities = campaign(`${DRILL_PREFIX}${id}`, clock.now())
    const drill: DrillReport = {
      ...{ id, synthetic: true, startedAt: iso(clock.now()), startedBy: by.id, activities: activities.length },
      ...{ alertedAt: null, alertMs: null, ok: null },
    }
    await journal.make(by, async () => {
      const event = { kind: 'insider.drill_started', subject: { type: 'insider_drill', id }, data: { drill: true } }
      return { events: [event], puts: [put(DRILL, drill)], result: undefined }
    })
    await this.#imports.add('drill', activities, SYSTEM)
    return drill
  }

  /** Newest first. */
  list(): Promise<DrillReport[]> {
    return records.list(this.#context.db.db, DRILL, { order: 'newest', limit: 50 })
  }

  /** Sees which drills were answered; their cases close by themselves. */
  async catchUp(): Promise<void> {
    const { db } = this.#context
    for (const drill of await records.list(db.db, DRILL, { state: 'waiting' })) await this.#settle(drill)
  }

  async #settle(drill: DrillReport): Promise<void> {
    const { db, clock, journal, pseudonyms } = this.#context
    const person = `${DRILL_PREFIX}${drill.id}`
    const [one] = await records.list(db.db, CASE, { about: pseudonyms.tag(person), limit: 1 })
    const alerts = one === undefined ? [] : await records.list(db.db, ALERT, { about: one.id })
    const [alertedAt = null] = alerts.map(({ noticedAt }) => noticedAt).sort()
    const startedMs = Date.parse(drill.startedAt)
    if (alertedAt === null && clock.now() - startedMs < FAILED_MS) return
    const alertMs = alertedAt === null ? null : Date.parse(alertedAt) - startedMs
    const ok = alertMs !== null && alertMs <= FAILED_MS
    await journal.make(SYSTEM, async (tx) => {
      const now = await records.find(tx, DRILL, drill.id)
      if (now === null || now.ok !== null) return { events: [], result: undefined }
      const data = { drill: true, ok, alertMs, withinMs: WITHIN_MS }
      const event = { kind: 'insider.drill_ended', subject: { type: 'insider_drill', id: drill.id }, data }
      return { events: [event], puts: [put(DRILL, { ...now, alertedAt, alertMs, ok })], result: undefined }
    })
    await closeDrills(this.#context, person)
  }
}

/** A bulk copy that ends at a canary, of a version that is not there. */
function campaign(person: string, nowMs: number): Activity[] {
  const base = {
    ...{ source: 'ledger' as const, person, host: `${person}-host`, grant: `${person}-grant`, version: 'drill/v0' },
    ...{ outcome: 'success' as const, place: null, subject: null, data: { synthetic: true } },
  }
  const at = (n: number) => nowMs - (READS + 1 - n) * STEP_MS
  const reads = Array.from(
    { length: READS },
    (_, n): Activity => ({
      ...{ ...base, id: `${person}-${n}`, timeMs: at(n), kind: 'weights.read', file: 0, start: n * READ_BYTES },
      bytes: READ_BYTES,
    }),
  )
  const touch: Activity = {
    ...{ ...base, id: `${person}-canary`, timeMs: nowMs, kind: 'weights.canary_touched' },
    ...{ file: null, start: null, bytes: 0 },
  }
  return [...reads, touch]
}
