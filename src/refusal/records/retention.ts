import { iso } from '../../base/clock.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { DAY_MS, notFound, type RecordsContext, SYSTEM } from './context.ts'
import { KINDS, kindOfId } from './kinds.ts'
import { type KeptResult, RESULT_KINDS } from './schema.ts'
import * as store from './store.ts'

const AT_ONCE = 50
/** Longer than anybody sends one result. */
const UNCLAIMED_MS = DAY_MS

/** Words go in time, or when somebody says so; figures stay. */
export class Retention {
  readonly #context: RecordsContext

  constructor(context: RecordsContext) {
    this.#context = context
  }

  /** Whatever is due. To be called when nothing recorded waits to take effect. @throws {AppError} LEDGER_UNAVAILABLE */
  async catchUp(): Promise<void> {
    const { db, clock } = this.#context
    await store.dropUnclaimed(db.db, new Date(clock.now() - UNCLAIMED_MS))
    for (const kind of RESULT_KINDS) {
      for (;;) {
        const due = await store.records.list(db.db, KINDS[kind], { dueBy: new Date(clock.now()), limit: AT_ONCE })
        for (const { id } of due) await this.#erase(id, SYSTEM, 'retention')
        if (due.length < AT_ONCE) break
      }
    }
  }

  /** @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  erase(id: string, by: Actor): Promise<KeptResult> {
    return this.#erase(id, by, 'asked')
  }

  #erase(id: string, by: Actor, why: 'retention' | 'asked'): Promise<KeptResult> {
    const kind = kindOfId(id)
    if (kind === null) throw notFound('result')
    return this.#context.journal.make(by, async (db) => {
      const found = await store.records.find(db, KINDS[kind], id)
      if (found === null) throw notFound('result')
      if (found.erased !== null || found.rows === 0) return { events: [], result: found }
      const erased = { at: iso(this.#context.clock.now()), by: by.id, why }
      const next: KeptResult = { ...found, eraseAt: null, erased }
      const event = {
        kind: 'refusal.rows_erased',
        subject: { type: `refusal_${kind}`, id },
        data: { why, rows: found.rows },
      }
      return { events: [event], puts: [put(KINDS[kind], next)], drops: [id], result: next }
    })
  }
}
