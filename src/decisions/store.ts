import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import { base32Time } from '../base/ids.ts'
import type { Database, Db } from '../db/index.ts'
import {
  type RecordedDecision as Decision,
  type DecisionFilter,
  type DecisionQuery,
  RecordedDecision,
  type SummaryStep,
} from './schema.ts'

/** What of a decision has no column of its own: read whole, never searched. */
const Detail = RecordedDecision.pick({
  policyDigest: true,
  canary: true,
  code: true,
  durationMs: true,
  inputTokens: true,
  outputTokens: true,
  turns: true,
  prompt: true,
  completion: true,
})
const Side = RecordedDecision.pick({ side: true, outcome: true })

type Row = Selectable<Database['decision']>

export interface Source {
  readonly id: number
  /** Position on the ledger that is to be read next. */
  readonly next: number
}

export async function openSource(db: Db, origin: string): Promise<Source> {
  await db
    .insertInto('decisionSource')
    .values({ origin, next: 0 })
    .onConflict((c) => c.column('origin').doNothing())
    .execute()
  return db.selectFrom('decisionSource').select(['id', 'next']).where('origin', '=', origin).executeTakeFirstOrThrow()
}

/** Forgets everything of one ledger, so that it is read from its beginning again. */
export async function clearSource(tx: Db, source: number): Promise<void> {
  await tx.updateTable('decisionSource').set({ next: 0 }).where('id', '=', source).execute()
  await tx.deleteFrom('decision').where('source', '=', source).execute()
  await tx.deleteFrom('decisionHour').where('source', '=', source).execute()
}

/**
 * Stores what was read from `from` up to `next`, in one transaction with the mark up to where. Doing it twice is the same as once.
 *
 * @returns where the ledger is to be read next: not `next` when another process was here before.
 */
export async function storeBatch(
  tx: Db,
  source: number,
  { from, next, decisions }: { from: number; next: number; decisions: readonly Decision[] },
): Promise<number> {
  const at = await tx
    .selectFrom('decisionSource')
    .select('next')
    .where('id', '=', source)
    .forUpdate()
    .executeTakeFirstOrThrow()
  if (at.next !== from) return at.next
  const stored = decisions.length === 0 ? new Set<number>() : await insertDecisions(tx, source, decisions)
  const counted = decisions.filter(({ position, canary }) => stored.has(position) && !canary)
  if (counted.length > 0) await countHours(tx, source, counted)
  await tx.updateTable('decisionSource').set({ next }).where('id', '=', source).execute()
  return next
}

/** @returns the positions that were new: a decision whose event stands on the ledger twice counts once. */
async function insertDecisions(tx: Db, source: number, decisions: readonly Decision[]): Promise<Set<number>> {
  const { rows } = await sql<{ position: number }>`
    insert into decision (id, source, position, at, outcome, enforced, route, dialect, model, surface, organisation, project,
      key, end_user, side, label, clause, severity, policy_version, test_string, detail)
    select id, ${source}::int, position, at, outcome, enforced, route, dialect, model, surface, organisation, project,
      key, "endUser", side, label, clause, severity, "policyVersion", "testString", detail
    from jsonb_to_recordset(${JSON.stringify(decisions.map(toStored))}::jsonb) as d(id text, position int8, at timestamptz,
      outcome text, enforced boolean, route text, dialect text, model text, surface text, organisation text, project text,
      key text, "endUser" text, side text, label text, clause text, severity text, "policyVersion" text,
      "testString" boolean, detail jsonb)
    on conflict do nothing
    returning position`.execute(tx)
  return new Set(rows.map(({ position }) => position))
}

function toStored(decision: Decision): object {
  const { policyDigest, canary, code, durationMs, inputTokens, outputTokens, turns, prompt, completion, ...columns } =
    decision
  const detail = { policyDigest, canary, code, durationMs, inputTokens, outputTokens, turns, prompt, completion }
  return { ...columns, detail }
}

async function countHours(tx: Db, source: number, decisions: readonly Decision[]): Promise<void> {
  const counts = new Map<
    string,
    { hour: string; surface: string; outcome: string; label: string; enforced: boolean; count: number }
  >()
  for (const { at, surface, outcome, label, enforced } of decisions) {
    const row = { hour: `${at.slice(0, 13)}:00:00Z`, surface: surface ?? '', outcome, label: label ?? '', enforced }
    const key = JSON.stringify(row)
    const count = counts.get(key)
    if (count === undefined) counts.set(key, { ...row, count: 1 })
    else count.count++
  }
  await sql`
    insert into decision_hour (hour, source, surface, outcome, label, enforced, count)
    select hour, ${source}::int, surface, outcome, label, enforced, count
    from jsonb_to_recordset(${JSON.stringify([...counts.values()])}::jsonb)
      as h(hour timestamptz, surface text, outcome text, label text, enforced boolean, count int8)
    order by 1, 3, 4, 5, 6
    on conflict (hour, source, surface, outcome, label, enforced)
    do update set count = decision_hour.count + excluded.count`.execute(tx)
}

const EQUAL = [
  'outcome',
  'label',
  'clause',
  'organisation',
  'project',
  'key',
  'endUser',
  'model',
  'surface',
  'policyVersion',
  'enforced',
] as const

function filtered<Selected>(
  query: SelectQueryBuilder<Database, 'decision', Selected>,
  filter: DecisionFilter,
): SelectQueryBuilder<Database, 'decision', Selected> {
  let narrowed = query
  for (const column of EQUAL) {
    const wanted = filter[column]
    if (wanted !== undefined) narrowed = narrowed.where(column, '=', wanted)
  }
  // An id begins with the time at which the request came in: times and prefixes are ranges of the one order.
  if (filter.since !== undefined) narrowed = narrowed.where('id', '>=', idAt(filter.since))
  if (filter.until !== undefined) narrowed = narrowed.where('id', '<', idAt(filter.until))
  if (filter.idPrefix !== undefined)
    narrowed = narrowed.where('id', '>=', filter.idPrefix).where('id', '<', `${filter.idPrefix}~`)
  return narrowed
}

function idAt(time: string): string {
  return `dec_${base32Time(Date.parse(time))}`
}

/** Newest first. Which rows is found out from indexes alone, then those few are fetched. */
export async function listDecisions(db: Db, { after, limit, ...filter }: DecisionQuery): Promise<Decision[]> {
  const rows = await db
    .with(
      (cte) => cte('page').materialized(),
      (q) =>
        filtered(q.selectFrom('decision').select('id'), filter)
          .$if(after !== undefined, (page) => page.where('id', '<', after ?? ''))
          .orderBy('id', 'desc')
          .limit(limit),
    )
    .selectFrom('page')
    .innerJoin('decision', 'decision.id', 'page.id')
    .selectAll('decision')
    .orderBy('decision.id', 'desc')
    .execute()
  return rows.map(toDecision)
}

/** Oldest first, after the id `beyond`. */
export async function pageForward(
  db: Db,
  filter: DecisionFilter,
  beyond: string | null,
  limit: number,
): Promise<Decision[]> {
  const rows = await filtered(db.selectFrom('decision').selectAll(), filter)
    .$if(beyond !== null, (q) => q.where('id', '>', beyond ?? ''))
    .orderBy('id', 'asc')
    .limit(limit)
    .execute()
  return rows.map(toDecision)
}

/** Decisions of one ledger in the order of their positions, from `from`. */
export async function listByPosition(db: Db, source: number, from: number, limit: number): Promise<Decision[]> {
  const rows = await db
    .selectFrom('decision')
    .selectAll()
    .where('source', '=', source)
    .where('position', '>=', from)
    .orderBy('position')
    .limit(limit)
    .execute()
  return rows.map(toDecision)
}

export async function findDecision(db: Db, id: string): Promise<Decision | null> {
  const row = await db.selectFrom('decision').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toDecision(row)
}

function toDecision(row: Row): Decision {
  const { source: _, detail, at, side, outcome, ...columns } = row
  return { ...columns, at: at.toISOString(), ...Side.parse({ side, outcome }), ...Detail.parse(detail) }
}

export interface HourCount {
  readonly at: Date
  readonly outcome: string
  readonly label: string
  readonly enforced: boolean
  readonly count: number
}

/** Counts by step, outcome and label; `since` and `until` at the start of an hour. */
export async function countSteps(db: Db, since: Date, until: Date, step: SummaryStep): Promise<HourCount[]> {
  const { rows } = await sql<HourCount>`
    select date_trunc(${step}, hour, 'UTC') as at, outcome, label, enforced, sum(count)::int8 as count
    from decision_hour where hour >= ${since} and hour < ${until}
    group by 1, 2, 3, 4 order by 1`.execute(db)
  return rows
}

/** Where the follower is to go on, with its row locked; null when another process has it now. */
export async function lockFollower(tx: Db, name: string, source: number): Promise<number | null> {
  const row = await tx
    .selectFrom('decisionFollower')
    .select('next')
    .where('name', '=', name)
    .where('source', '=', source)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  return row?.next ?? null
}

export async function openFollower(db: Db, name: string, source: number, next: number): Promise<void> {
  await db
    .insertInto('decisionFollower')
    .values({ name, source, next })
    .onConflict((c) => c.columns(['name', 'source']).doNothing())
    .execute()
}

export async function moveFollower(tx: Db, name: string, source: number, next: number): Promise<void> {
  await tx.updateTable('decisionFollower').set({ next }).where('name', '=', name).where('source', '=', source).execute()
}
