import type { PgSession } from '../../db/index.ts'
import type { LedgerRecord } from '../record.ts'
import type { Head } from './store.ts'

const WRITE_MS = 60_000

/** Where an import stands: entries that are there, and the commitment of the last. */
export async function importedSoFar(session: PgSession): Promise<{ size: number; last: Buffer | null }> {
  const [row] = await session.query<{ size: number; last: Buffer }>(
    'select position + 1 as size, commitment as last from ledger_entry order by position desc limit 1',
    [],
    WRITE_MS,
  )
  return row ?? { size: 0, last: null }
}

/** Records with their event ids; an erased body has none left. */
export type NamedRecord = readonly [eventId: string, record: LedgerRecord]

/**
 * Stores records at the places that they have. An event that stood in the log twice keeps both places: the later one is found by its id and
 * its position.
 */
export async function importRecords(session: PgSession, page: readonly NamedRecord[]): Promise<void> {
  const taken = await takenIds(session, page)
  const ids = page.map(([eventId, { position }]) => {
    if (!taken.has(eventId)) {
      taken.add(eventId)
      return eventId
    }
    return `${eventId}@${position}`
  })
  const hex = (bytes: Buffer, erased: boolean) => (erased ? null : `\\x${bytes.toString('hex')}`)
  await session.query(
    `with given as (
       select * from unnest($1::text[], $2::timestamptz[], $3::bytea[], $4::bytea[], $5::int8[], $6::bytea[])
         as g (event_id, recorded_at, salt, body, place, commitment)
     ), stored as (
       insert into ledger_record (event_id, recorded_at, salt, body)
       select event_id, recorded_at, salt, body from given order by place returning id, event_id
     )
     insert into ledger_entry (position, record, commitment)
     select place, id, commitment from stored join given using (event_id)`,
    [
      ids,
      page.map(([, { timeMs }]) => new Date(timeMs).toISOString()),
      page.map(([, { salt, erased }]) => hex(salt, erased)),
      page.map(([, { body, erased }]) => hex(body, erased)),
      page.map(([, { position }]) => position),
      page.map(([, { commitment }]) => hex(commitment, false)),
    ],
    WRITE_MS,
  )
}

async function takenIds(session: PgSession, page: readonly NamedRecord[]): Promise<Set<string>> {
  const rows = await session.query<{ event_id: string }>(
    'select event_id from ledger_record where event_id = any($1::text[])',
    [page.map(([eventId]) => eventId)],
    WRITE_MS,
  )
  return new Set(rows.map(({ event_id }) => event_id))
}

/** From here on replicas find the ledger. @returns false when there is one already */
export async function finishImport(
  session: PgSession,
  head: Pick<Head, 'origin' | 'vkey' | 'size' | 'note'>,
): Promise<boolean> {
  const { origin, vkey, size, note } = head
  const rows = await session.query(
    `insert into ledger_head (id, origin, vkey, size, published_size, note) values (1, $1, $2, $3, $3, $4)
     on conflict do nothing returning 1`,
    [origin, vkey, size, note],
    WRITE_MS,
  )
  return rows.length === 1
}
