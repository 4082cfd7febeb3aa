import { iso } from '../../base/clock.ts'
import { put } from '../../journal/index.ts'
import { noted } from './cases/case-machine.ts'
import type { Case } from './cases/schema.ts'
import { happening } from './cases/taking.ts'
import { DAY_MS, type InsiderContext, SYSTEM } from './context.ts'
import type { Imports } from './imports.ts'
import { ALERT, CASE } from './kinds.ts'
import { records } from './records.ts'

const AT_ONCE = 200

/**
 * What is kept about people goes when its time is over: imported activities and the reasons of alerts, and from closed cases whom they were
 * about. That a case was, and what came of it, stays.
 */
export class Retention {
  readonly #context: InsiderContext
  readonly #imports: Pick<Imports, 'erase'>

  constructor(context: InsiderContext, imports: Pick<Imports, 'erase'>) {
    this.#context = context
    this.#imports = imports
  }

  /** Erases what is due. Any number of replicas may do so. */
  async catchUp(): Promise<void> {
    const { db, clock, config } = this.#context
    await this.#imports.erase(db.db, new Date(clock.now() - config.activityDays * DAY_MS))
    await this.#eraseLinks()
    await this.#eraseGrounds()
  }

  async #eraseLinks(): Promise<void> {
    const { db, journal, clock } = this.#context
    const due = async (on: typeof db.db) =>
      (await records.list(on, CASE, { state: 'closed' })).filter((one) => this.#isDue(one)).slice(0, AT_ONCE)
    if ((await due(db.db)).length === 0) return
    await journal.make(SYSTEM, async (tx) => {
      const now = clock.now()
      const erased = (await due(tx)).map((one) => noted({ ...one, tag: null, erasedAt: iso(now) }, 'erased', null, now))
      const alerts: string[] = []
      for (const { id } of erased)
        for (const alert of await records.list(tx, ALERT, { about: id })) alerts.push(alert.id)
      return {
        events: erased.map((one) => happening('insider.case_erased', one)),
        puts: erased.map((one) => put(CASE, one)),
        forget: [...erased.map(({ id }) => id), ...alerts],
        result: undefined,
      }
    })
  }

  /** Reasons name machines and grants: they are no older than activities, unless their case is still worked on. */
  async #eraseGrounds(): Promise<void> {
    const { db, clock, config } = this.#context
    const before = new Date(clock.now() - config.activityDays * DAY_MS)
    const closed = db.db
      .selectFrom('insiderRecord')
      .select('id')
      .where('kind', '=', CASE.kind)
      .where('state', '=', 'closed')
    const old = db.db
      .selectFrom('insiderRecord')
      .select('id')
      .where('kind', '=', ALERT.kind)
      .where('at', '<', before)
      .where('about', 'in', closed)
    await db.db.deleteFrom('insiderText').where('part', '=', 'grounds').where('recordId', 'in', old).execute()
  }

  #isDue({ tag, closedAt, outcome }: Case): boolean {
    const { config, clock } = this.#context
    if (tag === null || closedAt === null) return false
    const days = outcome === 'benign' || outcome === 'drill' ? config.benignDays : config.caseDays
    return Date.parse(closedAt) + days * DAY_MS <= clock.now()
  }
}
