import { type Selectable, sql } from 'kysely'
import type { Database, Db } from '../db/index.ts'
import type { NewCase } from './opening.ts'
import { OVERDUE_RANK_LIFT } from './queues.ts'
import type { CaseQuery, Desk } from './schema.ts'

export type CaseRow = Selectable<Database['reviewCase']>
export type ReadingRow = Selectable<Database['reviewReading']>
export type HandoffRow = Selectable<Database['reviewHandoff']>

/** "rev-open" in ASCII: one process opens cases at a time, so that none is opened twice. */
const OPENING_LOCK = 0x7265_762d_6f70_656en

export async function lockOpening(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(${OPENING_LOCK.toString()}::int8)`.execute(tx)
}

/** Lets one request of a person in at a time, until the transaction ends. */
export async function lockReader(tx: Db, reader: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`review ${reader}`}, 0))`.execute(tx)
}

export async function knownSources(tx: Db, sources: readonly string[]): Promise<Set<string>> {
  if (sources.length === 0) return new Set()
  const rows = await tx.selectFrom('reviewItem').select('source').where('source', 'in', sources).execute()
  return new Set(rows.map(({ source }) => source))
}

export type CaseInsert = Omit<NewCase, 'source' | 'decisionId'> & {
  readonly id: string
  readonly items: number
  readonly lastAt: Date
}

/** Opens cases, or adds to those that still wait under the same merge key. @returns ids in the order given, new or not. */
export async function openCases(tx: Db, cases: readonly CaseInsert[]): Promise<{ id: string; opened: boolean }[]> {
  if (cases.length === 0) return []
  const rows = await tx
    .insertInto('reviewCase')
    .values(cases.map((one) => ({ ...UNTOUCHED, homeQueue: one.queue, ...one })))
    .onConflict((c) =>
      c.column('mergeKey').doUpdateSet({
        items: sql<number>`review_case.items + excluded.items`,
        lastAt: sql<Date>`greatest(review_case.last_at, excluded.last_at)`,
      }),
    )
    .returning(['id', 'mergeKey'])
    .execute()
  const ids = new Set(rows.map(({ id }) => id))
  const byKey = new Map(rows.map(({ id, mergeKey }) => [mergeKey, id]))
  return cases.map(({ id, mergeKey }) => {
    const opened = ids.has(id)
    return { id: opened ? id : (byKey.get(mergeKey) ?? id), opened }
  })
}

const UNTOUCHED = {
  state: 'waiting',
  abstentions: 0,
  overdueAt: null,
  claimId: null,
  claimedBy: null,
  claimedAt: null,
  claimExpiresAt: null,
  outcome: null,
  decidedAt: null,
  handoff: null,
} as const

export async function insertItems(tx: Db, items: readonly Selectable<Database['reviewItem']>[]): Promise<void> {
  if (items.length > 0)
    await tx
      .insertInto('reviewItem')
      .values([...items])
      .execute()
}

export interface ClaimGrant {
  readonly reader: string
  readonly claimId: string
  readonly now: Date
  readonly expiresAt: Date
}

const CANDIDATES = 8

/**
 * Takes the first case in order that nobody holds and this person has not read. What another one is taking at this moment is passed over,
 * not waited for.
 */
export async function claimNext(
  tx: Db,
  from: { readonly desk: Desk; readonly queue: string | null },
  grant: ClaimGrant,
): Promise<{ row: CaseRow; previous: string | null } | null> {
  for (let most = CANDIDATES; ; most *= 8) {
    const candidates = await unread(tx, from, grant, most)
    const taken = candidates.length === 0 ? null : await claimFirst(tx, candidates, from, grant)
    if (taken !== null || candidates.length < most) return taken
  }
}

/**
 * The first open cases that nobody holds and this person has not read, in order. Cases lie in the index by who has read them: of each set
 * of readers without this person the first ones are looked at. There are few sets, however many cases one person has read.
 */
async function unread(
  tx: Db,
  from: { readonly desk: Desk; readonly queue: string | null },
  { reader, now }: ClaimGrant,
  most: number,
): Promise<string[]> {
  const open =
    from.queue === null
      ? sql`state <> 'decided' and desk = ${from.desk}`
      : sql`state <> 'decided' and queue = ${from.queue}`
  const { rows } = await sql<{ id: string }>`
    with recursive readers(read_by) as (
      (select read_by from review_case where ${open} order by read_by limit 1)
      union all
      select (select c.read_by from review_case c where ${open} and c.read_by > readers.read_by order by c.read_by limit 1)
      from readers where readers.read_by is not null
    )
    select found.id from readers cross join lateral (
      select id, rank from review_case c where ${open} and c.read_by = readers.read_by
        and (claim_expires_at is null or claim_expires_at <= ${now}) order by rank, id limit ${most}
    ) found
    where readers.read_by is not null and ${reader} <> all(readers.read_by)
    order by found.rank, found.id limit ${most}`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Locks the first of these that is still to be had: since they were found it may have gone to another desk. */
async function claimFirst(
  tx: Db,
  candidates: readonly string[],
  from: { readonly desk: Desk; readonly queue: string | null },
  { reader, claimId, now, expiresAt }: ClaimGrant,
): Promise<{ row: CaseRow; previous: string | null } | null> {
  const next = tx
    .selectFrom('reviewCase as c')
    .select(['c.id', 'c.claimedBy as previous'])
    .where('c.id', 'in', [...candidates])
    .where('c.state', '<>', 'decided')
    .$if(from.queue === null, (q) => q.where('c.desk', '=', from.desk))
    .$if(from.queue !== null, (q) => q.where('c.queue', '=', from.queue ?? ''))
    .where((eb) => eb.or([eb('c.claimExpiresAt', 'is', null), eb('c.claimExpiresAt', '<=', now)]))
    .orderBy('c.rank')
    .orderBy('c.id')
    .limit(1)
    .forUpdate('c')
    .skipLocked()
  const taken = await tx
    .with('next', () => next)
    .updateTable('reviewCase')
    .from('next')
    .set({ claimId, claimedBy: reader, claimedAt: now, claimExpiresAt: expiresAt, mergeKey: null })
    .whereRef('reviewCase.id', '=', 'next.id')
    .returningAll('reviewCase')
    .returning('next.previous')
    .executeTakeFirst()
  if (taken === undefined) return null
  const { previous, ...row } = taken
  return { row, previous }
}

export async function countClaims(tx: Db, reader: string, now: Date): Promise<number> {
  const { count } = await tx
    .selectFrom('reviewCase')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('claimedBy', '=', reader)
    .where('claimId', 'is not', null)
    .where('claimExpiresAt', '>', now)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function lockCase(tx: Db, id: string): Promise<CaseRow | null> {
  return (await tx.selectFrom('reviewCase').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()) ?? null
}

export async function findCase(db: Db, id: string): Promise<CaseRow | null> {
  return (await db.selectFrom('reviewCase').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

export async function updateCase(tx: Db, id: string, change: Partial<CaseRow>): Promise<CaseRow> {
  const update = tx.updateTable('reviewCase').set(change).where('id', '=', id)
  return await update.returningAll().executeTakeFirstOrThrow()
}

/** A claim that is over, as columns. */
export const NO_CLAIM = { claimId: null, claimedBy: null, claimedAt: null, claimExpiresAt: null } as const

/** Gives up claims whose time is over. @returns who held what */
export async function dropExpired(tx: Db, now: Date, limit: number): Promise<{ id: string; reader: string | null }[]> {
  const expired = tx
    .selectFrom('reviewCase')
    .select(['id', 'claimedBy'])
    .where('claimId', 'is not', null)
    .where('claimExpiresAt', '<=', now)
    .limit(limit)
    .forUpdate()
    .skipLocked()
  const rows = await tx
    .with('expired', () => expired)
    .updateTable('reviewCase')
    .from('expired')
    .set(NO_CLAIM)
    .whereRef('reviewCase.id', '=', 'expired.id')
    .returning(['reviewCase.id', 'expired.claimedBy as reader'])
    .execute()
  return rows
}

/** The claims of one person, given up. */
export async function dropClaimsOf(tx: Db, reader: string): Promise<string[]> {
  const mine = tx
    .updateTable('reviewCase')
    .set(NO_CLAIM)
    .where('claimedBy', '=', reader)
    .where('claimId', 'is not', null)
  return (await mine.returning('id').execute()).map(({ id }) => id)
}

/** Marks what is past its time and moves it up. */
export async function markOverdue(tx: Db, now: Date, limit: number): Promise<CaseRow[]> {
  const late = tx
    .selectFrom('reviewCase')
    .select('id')
    .where('state', '<>', 'decided')
    .where('overdueAt', 'is', null)
    .where('dueAt', '<=', now)
    .orderBy('dueAt')
    .limit(limit)
    .forUpdate()
    .skipLocked()
  return await tx
    .with('late', () => late)
    .updateTable('reviewCase')
    .from('late')
    .set((eb) => ({ overdueAt: now, rank: eb('rank', '-', OVERDUE_RANK_LIFT) }))
    .whereRef('reviewCase.id', '=', 'late.id')
    .returningAll('reviewCase')
    .execute()
}

export interface TallyChange {
  readonly queue: string
  readonly state: string
  readonly desk: string
  readonly open: number
  readonly overdue: number
}

/** Adds to the counts; rows are touched in one order everywhere, so that two transactions never wait for each other in a circle. */
export async function tally(tx: Db, changes: readonly TallyChange[]): Promise<void> {
  const sums = new Map<string, TallyChange>()
  for (const change of changes) {
    if (change.state === 'decided') continue
    const key = `${change.queue}\n${change.state}`
    const sum = sums.get(key)
    const open = (sum?.open ?? 0) + change.open
    sums.set(key, { ...change, open, overdue: (sum?.overdue ?? 0) + change.overdue })
  }
  const values = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum)
  if (values.length === 0) return
  await tx
    .insertInto('reviewTally')
    .values(values)
    .onConflict((c) =>
      c.columns(['queue', 'state']).doUpdateSet({
        open: sql<number>`review_tally.open + excluded.open`,
        overdue: sql<number>`review_tally.overdue + excluded.overdue`,
      }),
    )
    .execute()
}

export async function readTally(db: Db, desks: readonly Desk[]): Promise<(TallyChange & { oldestAt: Date | null })[]> {
  const { rows } = await sql<TallyChange & { oldestAt: Date | null }>`
    with counted as (select * from review_tally where desk in (${sql.join([...desks])}) and open > 0),
      oldest as (select q.queue, (select c.opened_at from review_case c where c.queue = q.queue and c.state <> 'decided'
        order by c.opened_at limit 1) as oldest_at from (select distinct queue from counted) q)
    select counted.queue, counted.state, counted.desk, counted.open, counted.overdue, oldest.oldest_at
    from counted join oldest using (queue)`.execute(db)
  return rows
}

/** A page of open cases in the order of work. */
export function listOpen(
  db: Db,
  query: CaseQuery,
  desks: readonly Desk[],
  beyond: { rank: number; id: string } | null,
): Promise<CaseRow[]> {
  return db
    .selectFrom('reviewCase')
    .selectAll()
    .where('state', '<>', 'decided')
    .where('desk', 'in', [...desks])
    .$if(query.state !== 'open', (q) => q.where('state', '=', query.state))
    .$if(query.queue !== undefined, (q) => q.where('queue', '=', query.queue ?? ''))
    .$if(query.severity !== undefined, (q) => q.where('severity', '=', query.severity ?? ''))
    .$if(query.organisation !== undefined, (q) => q.where('organisation', '=', query.organisation ?? ''))
    .$if(query.key !== undefined, (q) => q.where('key', '=', query.key ?? ''))
    .$if(query.endUser !== undefined, (q) => q.where('endUser', '=', query.endUser ?? ''))
    .$if(query.decision !== undefined, (q) => q.where('id', 'in', casesWith(db, query.decision ?? '')))
    .$if(query.claimedBy !== undefined, (q) =>
      q.where('claimedBy', '=', query.claimedBy ?? '').where('claimId', 'is not', null),
    )
    .$if(beyond !== null, (q) => q.where(sql<boolean>`(rank, id) > (${beyond?.rank ?? 0}::int8, ${beyond?.id ?? ''})`))
    .orderBy('rank')
    .orderBy('id')
    .limit(query.limit + 1)
    .execute()
}

/** A page of decided cases, the latest first. */
export function listDecided(
  db: Db,
  query: CaseQuery,
  desks: readonly Desk[],
  beyond: { at: Date; id: string } | null,
): Promise<CaseRow[]> {
  return db
    .selectFrom('reviewCase')
    .selectAll()
    .where('state', '=', 'decided')
    .where('desk', 'in', [...desks])
    .$if(query.queue !== undefined, (q) => q.where('queue', '=', query.queue ?? ''))
    .$if(query.severity !== undefined, (q) => q.where('severity', '=', query.severity ?? ''))
    .$if(query.organisation !== undefined, (q) => q.where('organisation', '=', query.organisation ?? ''))
    .$if(query.key !== undefined, (q) => q.where('key', '=', query.key ?? ''))
    .$if(query.endUser !== undefined, (q) => q.where('endUser', '=', query.endUser ?? ''))
    .$if(query.decision !== undefined, (q) => q.where('id', 'in', casesWith(db, query.decision ?? '')))
    .$if(beyond !== null, (q) =>
      q.where(sql<boolean>`(decided_at, id) < (${beyond?.at ?? null}::timestamptz, ${beyond?.id ?? ''})`),
    )
    .orderBy('decidedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute()
}

function casesWith(db: Db, decisionId: string) {
  return db.selectFrom('reviewItem').select('caseId').where('decisionId', '=', decisionId)
}

export async function decisionsOf(db: Db, caseId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('reviewItem')
    .select('decisionId')
    .where('caseId', '=', caseId)
    .where('decisionId', 'is not', null)
    .orderBy('source')
    .limit(limit)
    .execute()
  return rows.flatMap(({ decisionId }) => decisionId ?? [])
}

export async function caseOfSource(db: Db, source: string): Promise<string | null> {
  const row = await db.selectFrom('reviewItem').select('caseId').where('source', '=', source).executeTakeFirst()
  return row?.caseId ?? null
}

export async function holdsDecision(db: Db, caseId: string, decisionId: string): Promise<boolean> {
  const rows = db.selectFrom('reviewItem').select('source').where('caseId', '=', caseId)
  return (await rows.where('decisionId', '=', decisionId).executeTakeFirst()) !== undefined
}

export function readingsOf(db: Db, caseId: string): Promise<ReadingRow[]> {
  const rows = db.selectFrom('reviewReading').selectAll().where('caseId', '=', caseId)
  return rows.orderBy('decidedAt').orderBy('reader').execute()
}

export async function insertReading(tx: Db, reading: ReadingRow): Promise<void> {
  await tx.insertInto('reviewReading').values(reading).execute()
  const readers = tx.selectFrom('reviewReading').where('caseId', '=', reading.caseId)
  const sorted = readers.select(sql<string[]>`array_agg(reader order by reader)`.as('readers'))
  await tx.updateTable('reviewCase').set({ readBy: sorted }).where('id', '=', reading.caseId).execute()
}
