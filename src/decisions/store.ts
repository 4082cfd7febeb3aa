import { setImmediate } from 'node:timers/promises'
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import type { Database, Db } from '../db/index.ts'
import {
  type RecordedDecision as Decision,
  type DecisionFilter,
  type DecisionQuery,
  EXACT_FILTERS,
  RecordedDecision,
  type SummaryStep,
} from './schema.ts'
import { idAt, type Span, spansBack, spansForward, type Wanted } from './spans.ts'

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
}).extend({
  // Older ones name none.
  tier: RecordedDecision.shape.tier.default(null),
  revised: RecordedDecision.shape.revised.default(null),
  unrevised: RecordedDecision.shape.unrevised.default(null),
})
const Side = RecordedDecision.pick({ side: true, outcome: true })

type Row = Selectable<Database['decision']>

const WRITTEN_AT_ONCE = 100

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

/** What was read of one ledger, from position `from` up to `next`. */
export interface Batch {
  readonly from: number
  readonly next: number
  readonly decisions: readonly Decision[]
}

/**
 * Stores a batch, counts it by the hour and moves the mark, in one statement: it costs one message, and takes effect whole or not at all.
 * Only who finds the mark at `from` moves it, so that a batch that is stored twice counts once; so does a decision whose event stands
 * on the ledger twice.
 *
 * @returns where the ledger is to be read next (not `next` when another process was here before), and whether every decision was new
 */
export async function storeBatch(
  db: Db,
  source: number,
  { from, next, decisions }: Batch,
): Promise<{ next: number; allNew: boolean }> {
  const stored = await storedText(decisions)
  const { rows } = await sql<{ moved: number; stored: number }>`
    with moved as (
      update decision_source set next = ${next}::int8 where id = ${source}::int and next = ${from}::int8 returning id
    ), stored as (
      insert into decision (id, source, position, at, outcome, enforced, route, dialect, model, surface, organisation, project,
        key, end_user, side, label, clause, severity, policy_version, test_string, detail)
      select d.id, moved.id, position, at, outcome, enforced, route, dialect, model, surface, organisation, project,
        key, "endUser", side, label, clause, severity, "policyVersion", "testString", detail
      from moved cross join jsonb_to_recordset(${stored}::jsonb) as d(id text, position int8,
        at timestamptz, outcome text, enforced boolean, route text, dialect text, model text, surface text, organisation text,
        project text, key text, "endUser" text, side text, label text, clause text, severity text, "policyVersion" text,
        "testString" boolean, detail jsonb)
      on conflict do nothing
      returning at, source, surface, outcome, label, enforced, detail->'canary' = 'true' as canary
    ), counted as (
      insert into decision_hour (hour, source, surface, outcome, label, enforced, count)
      select date_trunc('hour', at, 'UTC'), source, coalesce(surface, ''), outcome, coalesce(label, ''), enforced, count(*)
      from stored where not canary group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
      on conflict (hour, source, surface, outcome, label, enforced)
      do update set count = decision_hour.count + excluded.count
    )
    select (select count(*) from moved)::int4 as moved, (select count(*) from stored)::int4 as stored`.execute(db)
  const [done] = rows
  if (done?.moved === 1) return { next, allNew: done.stored === decisions.length }
  const at = await db.selectFrom('decisionSource').select('next').where('id', '=', source).executeTakeFirstOrThrow()
  return { next: at.next, allNew: false }
}

/** What is stored, as a JSON array; requests go on between its pieces. */
async function storedText(decisions: readonly Decision[]): Promise<string> {
  const pieces: string[] = []
  for (let i = 0; i < decisions.length; i += WRITTEN_AT_ONCE) {
    if (i > 0) await setImmediate()
    pieces.push(JSON.stringify(decisions.slice(i, i + WRITTEN_AT_ONCE).map(toStored)).slice(1, -1))
  }
  return `[${pieces.join()}]`
}

/** Built by name: taking rest members of each decision would cost as much as writing it. */
function toStored(decision: Decision): object {
  return {
    id: decision.id,
    position: decision.position,
    at: decision.at,
    outcome: decision.outcome,
    enforced: decision.enforced,
    route: decision.route,
    dialect: decision.dialect,
    model: decision.model,
    surface: decision.surface,
    organisation: decision.organisation,
    project: decision.project,
    key: decision.key,
    endUser: decision.endUser,
    side: decision.side,
    label: decision.label,
    clause: decision.clause,
    severity: decision.severity,
    policyVersion: decision.policyVersion,
    testString: decision.testString,
    detail: {
      policyDigest: decision.policyDigest,
      tier: decision.tier,
      canary: decision.canary,
      code: decision.code,
      durationMs: decision.durationMs,
      inputTokens: decision.inputTokens,
      outputTokens: decision.outputTokens,
      turns: decision.turns,
      prompt: decision.prompt,
      completion: decision.completion,
      revised: decision.revised,
      unrevised: decision.unrevised,
    },
  }
}

function filtered<Selected>(
  query: SelectQueryBuilder<Database, 'decision', Selected>,
  filter: DecisionFilter,
  { from, to }: Span,
): SelectQueryBuilder<Database, 'decision', Selected> {
  let narrowed = query
  for (const column of EXACT_FILTERS) {
    const wanted = filter[column]
    if (wanted !== undefined) narrowed = narrowed.where(column, '=', wanted)
  }
  if (from !== null) narrowed = narrowed.where('id', '>=', from)
  if (to !== null) narrowed = narrowed.where('id', '<', to)
  return narrowed
}

/** An id begins with the time at which the request came in: times and prefixes are ranges of the one order. */
function boundsOf({ since, until, idPrefix }: DecisionFilter, after?: string): Span {
  const lower = [since === undefined ? null : idAt(Date.parse(since)), idPrefix ?? null]
  const upper = [
    until === undefined ? null : idAt(Date.parse(until)),
    idPrefix === undefined ? null : `${idPrefix}~`,
    after ?? null,
  ]
  return {
    from:
      lower
        .filter((id) => id !== null)
        .sort()
        .at(-1) ?? null,
    to: upper.filter((id) => id !== null).sort()[0] ?? null,
  }
}

/** Which days the view has. */
export type Days = Pick<Wanted, 'nowMs' | 'oldestMs'>

/**
 * Newest first. Which rows is found out from indexes alone, then those few are fetched: apart from it, since a database plans for every day
 * that a query could touch.
 */
export async function listDecisions(
  db: Db,
  days: Days,
  { after, limit, ...filter }: DecisionQuery,
): Promise<Decision[]> {
  const ids: string[] = []
  for (const span of spansBack({ ...days, ...boundsOf(filter, after) })) {
    const found = await filtered(db.selectFrom('decision').select('id'), filter, span)
      .orderBy('id', 'desc')
      .limit(limit - ids.length)
      .execute()
    for (const { id } of found) ids.push(id)
    if (ids.length >= limit) break
  }
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('decision')
    .selectAll()
    .where('id', '=', sql<string>`any(${ids}::text[])`)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toDecision)
}

/** Oldest first, after the id `beyond`. */
export async function pageForward(
  db: Db,
  days: Days,
  filter: DecisionFilter,
  beyond: string | null,
  limit: number,
): Promise<Decision[]> {
  const bounds = boundsOf(filter)
  const from = beyond !== null && (bounds.from === null || beyond > bounds.from) ? beyond : bounds.from
  const found: Decision[] = []
  for (const span of spansForward({ ...days, ...bounds, from })) {
    const rows = await filtered(db.selectFrom('decision').selectAll(), filter, span)
      .$if(beyond !== null, (q) => q.where('id', '>', beyond ?? ''))
      .orderBy('id', 'asc')
      .limit(limit - found.length)
      .execute()
    found.push(...rows.map(toDecision))
    if (found.length >= limit) break
  }
  return found
}

/** Of these decisions, read from the ledger, those that the view has at the very position: an event may stand there twice. */
export async function keepStored(db: Db, source: number, decisions: readonly Decision[]): Promise<Decision[]> {
  if (decisions.length === 0) return []
  const { rows } = await sql<{ position: number }>`select position from decision
    where id = any(${decisions.map(({ id }) => id)}::text[]) and source = ${source}::int`.execute(db)
  const stored = new Set(rows.map(({ position }) => position))
  return decisions.filter(({ position }) => stored.has(position))
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
