import { iso } from '../../base/clock.ts'
import { put } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { type AccessContext, conflict, DAY_MS, notFound } from './context.ts'
import { CUSTODY } from './kinds.ts'
import { type Custody, NewCustody } from './schema.ts'

/** The CISO's word for weights that are kept elsewhere. */
export class Custodies {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /** Holds for 90 days at most; what was stated before is replaced. @throws {AppError} LEDGER_UNAVAILABLE */
  state(input: NewCustody, by: Actor): Promise<Custody> {
    const { model, place, statement, days } = NewCustody.parse(input)
    const { journal, clock } = this.#context
    return journal.make(by, async () => {
      const nowMs = clock.now()
      const custody: Custody = {
        ...{ model, place, statement, statedAt: iso(nowMs), statedBy: by.id, expiresAt: iso(nowMs + days * DAY_MS) },
        ...{ endedAt: null, endedBy: null },
      }
      const subject = { type: 'model', id: model }
      const event = { kind: 'weights.custody_stated', subject, data: { expiresAt: custody.expiresAt } }
      return { events: [event], puts: [put(CUSTODY, custody)], result: custody }
    })
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  end(model: string, by: Actor): Promise<Custody> {
    const { journal, clock } = this.#context
    return journal.make(by, async (db) => {
      const custody = await records.find(db, CUSTODY, model)
      if (custody === null) throw notFound('statement of custody')
      if (custody.endedAt !== null) throw conflict(`this statement was ended at ${custody.endedAt}`)
      const ended = { ...custody, endedAt: iso(clock.now()), endedBy: by.id }
      const event = { kind: 'weights.custody_ended', subject: { type: 'model', id: model } }
      return { events: [event], puts: [put(CUSTODY, ended)], result: ended }
    })
  }

  /** The one that holds now. */
  async of(model: string): Promise<Custody | null> {
    const { db, clock } = this.#context
    const custody = await records.find(db.db, CUSTODY, model)
    if (custody === null || custody.endedAt !== null || Date.parse(custody.expiresAt) <= clock.now()) return null
    return custody
  }

  list(): Promise<Custody[]> {
    return records.list(this.#context.db.db, CUSTODY, { limit: 1_000 })
  }
}
