import type { PgSession } from '../../db/index.ts'
import type { LedgerRecord, Records } from '../record.ts'
import { eraseEntry, findEntry, readEntries } from './store.ts'

const PAGE = 500

/** Bodies and salts in PostgreSQL. */
export class SqlRecords implements Records {
  readonly #session: PgSession

  constructor(session: PgSession) {
    this.#session = session
  }

  async read(position: number): Promise<LedgerRecord | null> {
    const [record] = await readEntries(this.#session, position, position + 1)
    return record ?? null
  }

  async *pages(from: number, end: number): AsyncGenerator<LedgerRecord[]> {
    for (let next = from; next < end; ) {
      const page = await readEntries(this.#session, next, Math.min(end, next + PAGE))
      const gap = page.findIndex(({ position }, i) => position !== next + i)
      const whole = gap < 0 ? page : page.slice(0, gap)
      if (whole.length === 0) return
      yield whole
      next += whole.length
    }
  }

  async find(eventId: string, size: number): Promise<LedgerRecord | null> {
    const record = await findEntry(this.#session, eventId)
    return record !== null && record.position < size ? record : null
  }

  /** @returns false when there is no such entry */
  erase(position: number): Promise<boolean> {
    return eraseEntry(this.#session, position)
  }
}
