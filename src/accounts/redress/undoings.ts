import { iso } from '../../base/clock.ts'
import { restored } from './appeal-machine.ts'
import type { RedressContext } from './context.ts'
import { SYSTEM } from './journal.ts'
import { APPEAL, UNDOING } from './records.ts'
import type { Appeal } from './schema.ts'
import * as store from './store.ts'

/** The clockwork behind appeals: takes effects back, tells of what is late, and lets words go when their time is over. */
export class Undoings {
  readonly #context: RedressContext

  constructor(context: RedressContext) {
    this.#context = context
  }

  /** What could not be undone is tried again each time, and told once. */
  async catchUp(): Promise<void> {
    const { db, log } = this.#context
    for (const { id } of await store.list(db.db, UNDOING, { state: 'pending', oldestFirst: true })) {
      await this.undo(id).catch((err: unknown) =>
        log.error({ err, appeal: id }, 'effects of an overturned decision not undone yet'),
      )
    }
    await this.#tellOverdue()
    await this.#erase()
  }

  /** Takes back what the overturned decision had brought about. May be called again after a failure. */
  async undo(id: string): Promise<void> {
    const { db, enforcement, journal, clock, notify } = this.#context
    const appeal = await store.find(db.db, APPEAL, id)
    if (appeal?.effects !== 'pending' || appeal.decidedBy === null) return
    const ids = await enforcement.undo({ about: appeal.about, appealId: id, by: appeal.decidedBy })
    await journal.make<void>(SYSTEM, async (tx) => {
      const now = await store.find(tx, APPEAL, id)
      if (now?.effects !== 'pending') return { events: [], result: undefined }
      const data = { about: now.about.id, restored: [...ids] }
      return {
        events: [{ kind: 'redress.effects_restored', subject: { type: 'appeal', id }, data }],
        puts: [store.put(APPEAL, restored(now, ids)), store.put(UNDOING, { id, state: 'restored' })],
        result: undefined,
      }
    })
    notify({
      kind: 'redress.effects_restored',
      id,
      at: iso(clock.now()),
      organisationId: appeal.organisationId ?? undefined,
    })
  }

  async #tellOverdue(): Promise<void> {
    const { db, clock, notify } = this.#context
    const late = await store.list(db.db, APPEAL, { state: 'open', dueBy: new Date(clock.now()) })
    for (const { id, overdueNoted } of late) {
      if (overdueNoted) continue
      const told = await this.#mark(id, 'redress.appeal_overdue', (appeal) =>
        appeal.state === 'open' && !appeal.overdueNoted ? { ...appeal, overdueNoted: true } : null,
      )
      if (told) notify({ kind: 'redress.appeal_overdue', id, at: iso(clock.now()) })
    }
  }

  async #erase(): Promise<void> {
    const { db, clock } = this.#context
    const over = await store.list(db.db, APPEAL, { notState: 'open', dueBy: new Date(clock.now()) })
    for (const { id } of over) {
      await this.#mark(id, 'redress.appeal_words_erased', (appeal) =>
        appeal.state === 'open' || appeal.textsErased ? null : { ...appeal, textsErased: true },
      )
    }
  }

  async #mark(id: string, kind: string, step: (appeal: Appeal) => Appeal | null): Promise<boolean> {
    return this.#context.journal.make(SYSTEM, async (tx) => {
      const appeal = await store.find(tx, APPEAL, id)
      const next = appeal === null ? null : step(appeal)
      if (next === null) return { events: [], result: false }
      return {
        events: [{ kind, subject: { type: 'appeal', id }, data: { about: next.about.id } }],
        puts: [store.put(APPEAL, next)],
        forget: next.textsErased ? [id] : [],
        result: true,
      }
    })
  }
}
