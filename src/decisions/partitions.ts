import { sql } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { base32Time, timeOfId } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Db } from '../db/index.ts'

const DAY_MS = 86_400_000
/** Days whose partitions are made before they come. */
const AHEAD_DAYS = 3
/** Rows that leave a partition of many days at a time, so that no statement takes long. */
const FORGET_ROWS = 5_000
const NAME = /^decision_(\d{4})_(\d{2})_(\d{2})$/
/** Held while partitions are made or dropped: one process at a time. */
const LOCK = 0x5afe_1001
/** A reader that takes long must not make everybody wait behind us: then it is tried again later. */
const PATIENCE = '3s'
const AGAIN_MS = 60_000

/** First millisecond of the day, UTC. */
function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS
}

/** `decision_2026_01_31` */
function nameOf(dayMs: number): string {
  return `decision_${new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '_')}`
}

/** An id begins with the time at which the request came. */
function firstId(ms: number): string {
  return `dec_${base32Time(ms)}`
}

export interface PartitionsDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  /** Days that a decision stays in the view; 0 = for ever. */
  readonly retentionDays: number
}

/**
 * The days of the view over decisions, each a table: a day that is over its time goes as a whole, without a trace of work on the others.
 * What the ledger says is not touched.
 */
export class Partitions {
  readonly #deps: PartitionsDeps
  /** Days that are known to have a partition. */
  readonly #made = new Set<number>()
  #notBeforeMs = Number.NEGATIVE_INFINITY

  constructor(deps: PartitionsDeps) {
    this.#deps = deps
  }

  /** Which times the days cover, for readers. */
  span(): { readonly nowMs: number; readonly oldestMs: number } {
    const nowMs = this.#deps.clock.now()
    return { nowMs, oldestMs: Math.min(nowMs, ...this.#made) }
  }

  /** Before this nothing is kept, milliseconds since the epoch; 0 = everything is. */
  keptSinceMs(): number {
    const { clock, retentionDays } = this.#deps
    return retentionDays === 0 ? 0 : dayOf(clock.now()) - retentionDays * DAY_MS
  }

  /** Makes today's partition and those of the next days, and lets go what is over its time. @returns days dropped */
  async tend(): Promise<number> {
    const today = dayOf(this.#deps.clock.now())
    for (const { dayMs } of await partitionsOf(this.#deps.db)) this.#made.add(dayMs)
    for (let ahead = 0; ahead <= AHEAD_DAYS; ahead++) await this.#make(today + ahead * DAY_MS)
    return await this.#forget()
  }

  /**
   * Makes the partitions that these times need; costs nothing when they stand. What is older than the retention, or lies in a future that
   * no clock should show, gets none: such rows go to `decision_rest`. So do those whose day can't be made now, until it is.
   */
  async ensure(timesMs: Iterable<number>): Promise<void> {
    const { clock, log } = this.#deps
    const last = dayOf(clock.now()) + AHEAD_DAYS * DAY_MS
    for (const ms of timesMs) {
      const day = dayOf(ms)
      if (this.#made.has(day) || ms < this.keptSinceMs() || day > last || !(ms > 0)) continue
      if (clock.monotonic() < this.#notBeforeMs) return
      try {
        await this.#make(day)
      } catch (err) {
        this.#notBeforeMs = clock.monotonic() + AGAIN_MS
        log.warn({ err, table: nameOf(day) }, 'a day of the view over decisions could not be made yet')
      }
    }
  }

  /** Makes the days of rows that stand among the rest, as they do after a restore: they move there. What is over its time stays. */
  async settle(): Promise<void> {
    for (let fromMs = Math.max(0, this.keptSinceMs()); ; ) {
      const { rows } = await sql<{ id: string | null }>`select min(id) as id from decision_rest
        where id >= ${firstId(fromMs)} and id ~ '^dec_[0-9A-HJKMNP-TV-Z]{10}'`.execute(this.#deps.db)
      const ms = rows[0]?.id == null ? null : timeOfId(rows[0].id)
      if (ms === null || ms < fromMs) return
      await this.#make(dayOf(ms))
      fromMs = dayOf(ms) + DAY_MS
    }
  }

  /** The days that have a partition, oldest first, `2026-01-31`. */
  async days(): Promise<string[]> {
    return (await partitionsOf(this.#deps.db)).map(({ dayMs }) => new Date(dayMs).toISOString().slice(0, 10))
  }

  async #make(dayMs: number): Promise<void> {
    if (this.#made.has(dayMs)) return
    await this.#deps.db.transaction().execute(async (tx) => {
      await lockAlone(tx)
      if (!(await exists(tx, nameOf(dayMs))) && !(await isCovered(tx, dayMs))) await makeDay(tx, dayMs)
    })
    // A day that the old partition covers counts too: it is then the oldest that readers look for by itself.
    this.#made.add(dayMs)
  }

  async #forget(): Promise<number> {
    const keptSinceMs = this.keptSinceMs()
    if (keptSinceMs === 0) return 0
    const { db } = this.#deps
    const over = (await partitionsOf(db)).filter(({ dayMs }) => dayMs < keptSinceMs)
    for (const { dayMs } of over) {
      await db.transaction().execute(async (tx) => {
        await lockAlone(tx)
        await sql`drop table if exists ${sql.ref(nameOf(dayMs))}`.execute(tx)
      })
      this.#made.delete(dayMs)
    }
    for (const many of ['decision_before', 'decision_rest']) await forgetRows(db, many, firstId(keptSinceMs))
    return over.length
  }
}

/** Gives the rows of a view that was filled at once their days. */
export async function settleDays(deps: Omit<PartitionsDeps, 'retentionDays'>): Promise<void> {
  await new Partitions({ ...deps, retentionDays: 0 }).settle()
}

async function lockAlone(tx: Db): Promise<void> {
  await sql`select set_config('lock_timeout', ${PATIENCE}, true)`.execute(tx)
  await sql`select pg_advisory_xact_lock(${LOCK}::int8)`.execute(tx)
}

/** Made beside the table and then attached, which stops nobody from reading or writing the other days. */
async function makeDay(tx: Db, dayMs: number): Promise<void> {
  const name = sql.ref(nameOf(dayMs))
  const [from, to] = [firstId(dayMs), firstId(dayMs + DAY_MS)]
  await sql`create table ${name} (like decision including defaults including constraints including indexes including storage,
    foreign key (source) references decision_source (id))`.execute(tx)
  // Index-only scans need pages that were vacuumed: sooner than after a fifth of the table.
  await sql`alter table ${name} set (autovacuum_vacuum_insert_scale_factor = 0.02)`.execute(tx)
  // Where rows of that day came before it stood, they move: the partition for the rest may hold none that belong here.
  await sql`with moved as (delete from decision_rest where id >= ${from} and id < ${to} returning *)
    insert into ${name} select * from moved`.execute(tx)
  await sql`alter table decision attach partition ${name} for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(
    tx,
  )
}

async function exists(tx: Db, name: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select to_regclass(${name}) is not null as found`.execute(tx)
  return rows[0]?.found === true
}

/** Whether the rows from before there were days hold this day: their partition ends with a day. */
async function isCovered(tx: Db, dayMs: number): Promise<boolean> {
  const { rows } = await sql<{ until: string | null }>`
    select substring(pg_get_expr(relpartbound, oid) from 'TO \\(''(dec_[0-9A-Z]+)''\\)') as until
    from pg_class where oid = to_regclass('decision_before')`.execute(tx)
  const until = rows[0]?.until
  return until !== undefined && until !== null && firstId(dayMs) < until
}

async function partitionsOf(db: Db): Promise<{ readonly dayMs: number }[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass('decision') order by 1`.execute(db)
  return rows.flatMap(({ name }) => {
    const [, year, month, day] = NAME.exec(name) ?? []
    return day === undefined ? [] : [{ dayMs: Date.UTC(Number(year), Number(month) - 1, Number(day)) }]
  })
}

/** Deletes by small steps; a table from which everything has gone goes too, unless it is the one for the rest. */
async function forgetRows(db: Db, table: string, before: string): Promise<void> {
  if (!(await exists(db, table))) return
  for (;;) {
    const { numAffectedRows = 0n } = await sql`delete from ${sql.ref(table)} where id in
      (select id from ${sql.ref(table)} where id < ${before} order by id limit ${FORGET_ROWS})`.execute(db)
    if (Number(numAffectedRows) < FORGET_ROWS) break
  }
  if (table === 'decision_rest') return
  const { rows } = await sql<{ any: boolean }>`select exists (select 1 from ${sql.ref(table)}) as any`.execute(db)
  if (rows[0]?.any === false) await sql`drop table ${sql.ref(table)}`.execute(db)
}
