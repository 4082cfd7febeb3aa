import { sql } from 'kysely'
import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Db } from './schema.ts'

const SYNC_MS = 30_000
/** An answer that took longer says too little of when it was made. */
const MOST_ROUND_TRIP_MS = 1_000
/** Of this machine's clock, before it is worth a word. */
const NOTABLE_SKEW_MS = 2_000

/**
 * The time of the database that replicas share, so that leases, claims and deadlines mean the same on machines whose clocks are minutes
 * apart. Between two looks it is told by the monotonic clock: a machine's clock that jumps moves nothing.
 */
export class DatabaseClock implements Clock, AsyncDisposable {
  readonly #db: Db
  readonly #base: Clock
  readonly #log: Log
  readonly #chores: Chores
  /** The database's time minus the monotonic clock's. */
  #aheadMs: number
  #told = false

  private constructor(db: Db, base: Clock, log: Log) {
    this.#db = db
    this.#base = base
    this.#log = log
    this.#aheadMs = base.now() - base.monotonic()
    this.#chores = new Chores(log)
  }

  /** @param base this machine's clock */
  static async open(db: Db, base: Clock, log: Log): Promise<DatabaseClock> {
    const clock = new DatabaseClock(db, base, log)
    await clock.sync()
    clock.#chores.every(SYNC_MS, 'the database was not asked for the time', () => clock.sync())
    return clock
  }

  now(): number {
    return Math.round(this.#base.monotonic() + this.#aheadMs)
  }

  monotonic(): number {
    return this.#base.monotonic()
  }

  /** How far this machine's clock is ahead of the database's. */
  get skewMs(): number {
    return this.#base.now() - this.now()
  }

  async sync(): Promise<void> {
    const askedMs = this.#base.monotonic()
    const { rows } = await sql<{
      ms: number
    }>`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`.execute(this.#db)
    const answeredMs = this.#base.monotonic()
    const [row] = rows
    if (row === undefined || answeredMs - askedMs > MOST_ROUND_TRIP_MS) return
    this.#aheadMs = row.ms - (askedMs + answeredMs) / 2
    const notable = Math.abs(this.skewMs) > NOTABLE_SKEW_MS
    if (notable && !this.#told)
      this.#log.warn(
        { skewMs: Math.round(this.skewMs) },
        'this machine’s clock differs from the database’s, which counts',
      )
    this.#told = notable
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
  }
}
