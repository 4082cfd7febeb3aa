import type { PgSession } from '../../db/index.ts'
import type { LedgerRecord } from '../record.ts'

/** Every replica hears on it that the head has changed. */
export const CHANNEL = 'safelevel_ledger'
const NONE = Buffer.alloc(0)
const READ_MS = 10_000
/** Reading the places of all entries. */
const LONG_MS = 600_000

/** The one row on which all replicas agree. */
export interface Head {
  readonly origin: string
  readonly vkey: string
  readonly size: number
  readonly epoch: number
  readonly publishedSize: number
  /** The newest checkpoint; null before the first. */
  readonly note: string | null
  /** Why the log can't go on. */
  readonly blocked: string | null
  /** How many bodies were erased: what is kept in memory may be one of them. */
  readonly erasures: number
}

export interface SeenHead extends Head {
  /** Whether some replica holds the lease, by the database's clock. */
  readonly held: boolean
  /** About how many records wait for their place. */
  readonly waiting: number
}

interface HeadRow {
  readonly origin: string
  readonly vkey: string
  readonly size: number
  readonly epoch: number
  readonly published_size: number
  readonly note: string | null
  readonly blocked: string | null
  readonly erasures: number
  readonly held: boolean
  readonly waiting: number
}

const HEAD = 'origin, vkey, size, epoch, published_size, note, blocked, erasures'

function toHead(row: Omit<HeadRow, 'held' | 'waiting'>): Head {
  const { origin, vkey, size, epoch, published_size: publishedSize, note, blocked, erasures } = row
  return { origin, vkey, size, epoch, publishedSize, note, blocked, erasures }
}

/** Makes the row where there is none yet, but not while entries of another log are being carried over. */
export async function openHead(session: PgSession, { origin, vkey }: { origin: string; vkey: string }): Promise<void> {
  await session.query(
    `insert into ledger_head (id, origin, vkey) select 1, $1, $2 where not exists (select from ledger_entry)
     on conflict do nothing`,
    [origin, vkey],
    READ_MS,
  )
}

/** Null where no shared ledger was begun. */
export async function readHead(session: PgSession, timeoutMs: number): Promise<SeenHead | null> {
  const [row] = await session.query<HeadRow>(
    `select ${HEAD}, lease_until > clock_timestamp() as held,
       coalesce((select max(record) - min(record) + 1 from ledger_outbox), 0) as waiting
     from ledger_head`,
    [],
    timeoutMs,
  )
  return row === undefined ? null : { ...toHead(row), held: row.held, waiting: row.waiting }
}

/** Records that go to the database with one statement: each `commitment ‖ salt ‖ body` in `bytes`. */
export interface SentRecords {
  readonly eventIds: readonly string[]
  /** Where each begins in `bytes`. */
  readonly offsets: readonly number[]
  /** Bytes of each body. */
  readonly lengths: readonly number[]
  readonly bytes: Buffer
}

/** @returns how many were new: the others were recorded before */
export async function insertRecords(session: PgSession, sent: SentRecords, timeoutMs: number): Promise<number> {
  const { eventIds, offsets, lengths, bytes } = sent
  const [row] = await session.query<{ stored: number }>(
    `with sent as (
       select * from unnest($1::text[], $2::int4[], $3::int4[]) with ordinality as s (event_id, at, length, n)
     ), stored as (
       insert into ledger_record (event_id, salt, body)
       select event_id, substring($4::bytea from at + 33 for 32), substring($4::bytea from at + 65 for length) from sent order by n
       on conflict (event_id) do nothing
       returning id, event_id
     ), queued as (
       insert into ledger_outbox (record, commitment)
       select id, substring($4::bytea from at + 1 for 32) from stored join sent using (event_id)
     )
     select count(*)::int4 as stored from stored`,
    [eventIds, `{${offsets.join()}}`, `{${lengths.join()}}`, bytes],
    timeoutMs,
  )
  return row?.stored ?? 0
}

/** Bodies that are recorded under these ids; null for one that was erased. */
export async function bodiesOf(
  session: PgSession,
  eventIds: readonly string[],
  timeoutMs: number,
): Promise<Map<string, Buffer | null>> {
  const rows = await session.query<{ event_id: string; body: Buffer | null }>(
    'select event_id, body from ledger_record where event_id = any($1::text[])',
    [eventIds],
    timeoutMs,
  )
  return new Map(rows.map(({ event_id, body }) => [event_id, body]))
}

/** A write that changes nothing: whether the database takes writes. */
export async function probe(session: PgSession, timeoutMs: number): Promise<void> {
  await session.query('update ledger_head set blocked = blocked', [], timeoutMs)
}

/**
 * Takes the lease when nobody holds it, or gives it a new epoch when `holder` does. Null: another one has it, or the log has another key:
 * who can't sign must not keep others from it.
 */
export async function takeLease(
  session: PgSession,
  { holder, vkey, leaseMs }: { holder: string; vkey: string; leaseMs: number },
  timeoutMs: number,
): Promise<Head | null> {
  const [row] = await session.query<HeadRow>(
    `update ledger_head set epoch = epoch + 1, holder = $1, lease_until = clock_timestamp() + $2::int4 * interval '1 ms'
     where (lease_until < clock_timestamp() or holder = $1) and vkey = $3 returning ${HEAD}`,
    [holder, leaseMs, vkey],
    timeoutMs,
  )
  return row === undefined ? null : toHead(row)
}

export async function giveBackLease(session: PgSession, epoch: number, timeoutMs: number): Promise<void> {
  await session.query(
    `with given as (update ledger_head set lease_until = '-infinity', holder = null where epoch = $1 returning 1)
     select pg_notify('${CHANNEL}', '') from given`,
    [epoch],
    timeoutMs,
  )
}

/** Gives what waits its place, up to `most`. Null: another epoch has begun. */
export async function integrate(
  session: PgSession,
  epoch: number,
  { most, leaseMs, timeoutMs }: { most: number; leaseMs: number; timeoutMs: number },
): Promise<{ first: number; commitments: Buffer } | null> {
  const [row] = await session.query<{ first_position: number; commitments: Buffer }>(
    `select first_position, commitments from ledger_integrate($1, $2, $3::int4 * interval '1 ms')`,
    [epoch, most, leaseMs],
    timeoutMs,
  )
  return row === undefined ? null : { first: row.first_position, commitments: row.commitments }
}

/** Makes a checkpoint the newest. False: another epoch has begun, the log has another key, or a newer one stands. */
export async function publishHead(
  session: PgSession,
  epoch: number,
  next: { vkey: string; size: number; note: string; leaseMs: number },
  timeoutMs: number,
): Promise<boolean> {
  const rows = await session.query(
    `with moved as (
       update ledger_head set published_size = $3, note = $4,
         lease_until = greatest(lease_until, clock_timestamp() + $5::int4 * interval '1 ms')
       where epoch = $1 and vkey = $2 and published_size <= $3 and size >= $3 returning 1
     ) select pg_notify('${CHANNEL}', '') from moved`,
    [epoch, next.vkey, next.size, next.note, next.leaseMs],
    timeoutMs,
  )
  return rows.length === 1
}

/** Says why the log can't go on, or that it can (null). */
export async function setBlocked(session: PgSession, epoch: number, why: string | null): Promise<void> {
  await session.query(
    `with told as (update ledger_head set blocked = $2 where epoch = $1 and blocked is distinct from $2 returning 1)
     select pg_notify('${CHANNEL}', '') from told`,
    [epoch, why],
    READ_MS,
  )
}

/** Commitments of the entries from `from` up to `end`, side by side. */
export async function readCommitments(session: PgSession, from: number, end: number): Promise<Buffer> {
  const [row] = await session.query<{ joined: Buffer | null }>(
    `select string_agg(commitment, ''::bytea order by position) as joined from ledger_entry where position >= $1 and position < $2`,
    [from, end],
    READ_MS,
  )
  return row?.joined ?? NONE
}

interface EntryRow {
  readonly position: number
  readonly recorded_at: Date
  readonly commitment: Buffer
  readonly salt: Buffer | null
  readonly body: Buffer | null
}

const ENTRY = `select e.position, r.recorded_at, e.commitment, r.salt, r.body from ledger_entry e join ledger_record r on r.id = e.record`

function toRecord({ position, recorded_at, commitment, salt, body }: EntryRow): LedgerRecord {
  const erased = body === null
  return { position, timeMs: recorded_at.getTime(), commitment, erased, salt: salt ?? NONE, body: body ?? NONE }
}

export async function readEntries(session: PgSession, from: number, end: number): Promise<LedgerRecord[]> {
  const rows = await session.query<EntryRow>(
    `${ENTRY} where e.position >= $1 and e.position < $2 order by e.position`,
    [from, end],
    READ_MS,
  )
  return rows.map(toRecord)
}

export async function findEntry(session: PgSession, eventId: string): Promise<LedgerRecord | null> {
  const [row] = await session.query<EntryRow>(`${ENTRY} where r.event_id = $1`, [eventId], READ_MS)
  return row === undefined ? null : toRecord(row)
}

/** @returns false when there is no such entry */
export async function eraseEntry(session: PgSession, position: number): Promise<boolean> {
  const rows = await session.query(
    `with gone as (
       update ledger_record set salt = null, body = null
       where id = (select record from ledger_entry where position = $1) returning 1
     ), told as (update ledger_head set erasures = erasures + 1 from gone returning 1)
     select pg_notify('${CHANNEL}', '') from told`,
    [position],
    READ_MS,
  )
  return rows.length === 1
}

/** Whether committed transactions reach the disk, and text arrives as it was sent. */
export async function readSettings(session: PgSession): Promise<{ fsync: string; encoding: string }> {
  const [row] = await session.query<{ fsync: string; encoding: string }>(
    `select current_setting('fsync') as fsync, current_setting('server_encoding') as encoding`,
    [],
    READ_MS,
  )
  return row ?? { fsync: 'on', encoding: 'UTF8' }
}

export interface HandOver {
  readonly from: string
  readonly to: string
  /** Key id of the old key, 8 hex digits. */
  readonly oldId: string
  /** The last word of the old key. */
  readonly succession: string
  /** The checkpoint that stands, and the same signed by both keys. */
  readonly note: string
  readonly signed: string
}

/** Gives the log another key, and whoever sequences its end. False when the log was published anew, or has another key. */
export async function handOver(session: PgSession, given: HandOver, timeoutMs: number): Promise<boolean> {
  const { from, to, oldId, succession, note, signed } = given
  const rows = await session.query(
    `with handed as (
       update ledger_head set vkey = $2, note = $4, epoch = epoch + 1, holder = null, lease_until = '-infinity'
       where vkey = $1 and note = $3 returning 1
     ), said as (
       insert into ledger_succession (old_id, note) select $5, $6 from handed
       on conflict (old_id) do update set note = excluded.note
     )
     select pg_notify('${CHANNEL}', '') from handed`,
    [from, to, note, signed, oldId, succession],
    timeoutMs,
  )
  return rows.length === 1
}

/** The last words of all earlier keys. */
export async function readSuccessions(session: PgSession): Promise<string[]> {
  const rows = await session.query<{ note: string }>('select note from ledger_succession', [], READ_MS)
  return rows.map(({ note }) => note)
}

/** What the tables say of themselves. Reads all entries' places, no body. */
export async function inspectTables(session: PgSession) {
  const [row] = await session.query<{
    entries: number
    last_position: number
    size: number
    published_size: number
    waiting: number
    oldest_seconds: number
    lost: number
    bodiless: number
    note: string | null
    blocked: string | null
  }>(
    `select (select count(*) from ledger_entry) as entries, coalesce((select max(position) from ledger_entry), -1) as last_position,
       size, published_size, note, blocked,
       (select count(*) from ledger_outbox) as waiting,
       coalesce((select extract(epoch from clock_timestamp() - min(r.recorded_at)) from ledger_outbox o join ledger_record r on r.id = o.record), 0)::int4 as oldest_seconds,
       (select count(*) from ledger_record r where not exists (select from ledger_entry e where e.record = r.id)
          and not exists (select from ledger_outbox o where o.record = r.id)) as lost,
       (select count(*) from ledger_entry e where not exists (select from ledger_record r where r.id = e.record)) as bodiless
     from ledger_head`,
    [],
    LONG_MS,
  )
  if (row === undefined) throw new Error('the ledger has no head')
  const { last_position: lastPosition, published_size: publishedSize, oldest_seconds: oldestSeconds, ...rest } = row
  return { ...rest, lastPosition, publishedSize, oldestSeconds }
}
