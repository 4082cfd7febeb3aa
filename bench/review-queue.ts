/**
 * How long people wait for the review queue: a million cases on PostgreSQL (DATABASE_URL, a database that may be filled), ten thousand on
 * the embedded store without it.
 *
 *   DATABASE_URL=postgres://… node bench/review-queue.ts [cases]
 *
 * Prints a line for each question with its median, 95th percentile and the index that the plan walks, and fails above 100 ms.
 */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { systemClock } from '../src/base/clock.ts'
import { systemIds } from '../src/base/ids.ts'
import { silentLog } from '../src/base/log.ts'
import { type Db, openDb } from '../src/db/index.ts'
import { type CaseQuery, parseReviewConfig, Review, type Reviewer } from '../src/review/index.ts'

const LIMIT_MS = 100
const ROUNDS = 60
const url = process.env.DATABASE_URL ?? null
const cases = Number(process.argv[2] ?? (url === null ? 10_000 : 1_000_000))
const READ_BY_ONE = Math.min(20_000, Math.floor(cases / 10))
const dataDir = mkdtempSync(join(tmpdir(), 'safelevel-bench-'))

interface Figure {
  readonly question: string
  readonly medianMs: number
  readonly p95Ms: number
}

const absent = async (): Promise<never> => {
  throw new Error('not asked for here')
}

try {
  await using handle = await openDb({ url, dataDir, log: silentLog })
  await fill(handle.db, cases)
  const review = new Review({
    db: handle,
    ledger: { append: async () => ({ position: 0 }) },
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
    config: parseReviewConfig({ claimsPerReader: 100 }),
    digest: (text) => createHmac('sha256', 'bench').update(text).digest('hex'),
    severityOf: () => null,
    content: { read: absent, placeHold: absent, notes: absent },
    enforcement: { undo: absent, strike: absent, restrict: absent },
    notify: () => {},
  })
  const figures = await measureAll(review)
  for (const { question, medianMs, p95Ms } of figures) {
    console.log(`${question.padEnd(56)} ${medianMs.toFixed(1).padStart(7)} ms  p95 ${p95Ms.toFixed(1).padStart(7)} ms`)
  }
  await explain(handle.db)
  const slow = figures.filter(({ p95Ms }) => p95Ms > LIMIT_MS)
  if (slow.length > 0) {
    console.error(`above ${LIMIT_MS} ms: ${slow.map(({ question }) => question).join('; ')}`)
    process.exitCode = 1
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}

/** Cases as they come in real life: few grave ones, some decided, some waiting for a second reader, two hundred customers. */
async function fill(db: Db, count: number): Promise<void> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from (select 1 from review_case limit 1) c`.execute(db)
  if ((rows[0]?.n ?? 0) > 0) return
  console.error(`filling in ${count} cases …`)
  const { slaMs } = parseReviewConfig({})
  const sla = sql`(case severity when 'low' then ${slaMs.low} when 'moderate' then ${slaMs.moderate}
    when 'high' then ${slaMs.high} else ${slaMs.extreme} end)::float8`
  await sql`
    insert into review_case (id, basis, queue, home_queue, desk, state, severity, label, clause, side, score, threshold,
      organisation, project, key, end_user, model, policy_version, items, second_read, abstentions, rank, opened_at, last_at, due_at,
      outcome, decided_at)
    select 'case_' || lpad(n::text, 10, '0'), 'refused', clause || ':' || label || ':' || severity, clause || ':' || label || ':' || severity,
      'ordinary', state, severity, label, clause, 'prompt', 0.9, 0.6, org, 'prj_' || n % 500, 'key_' || n % 900, 'eu_' || n % 50000,
      'model', '1', 1, false, 0,
      ((9 - 2 * (array_position(array['low','moderate','high','extreme'], severity) - 1)) * 1e14 + ms + ${sla} * 0.7)::int8,
      to_timestamp(ms / 1000), to_timestamp(ms / 1000), to_timestamp((ms + ${sla}) / 1000),
      case when state = 'decided' then 'uphold' end, case when state = 'decided' then to_timestamp(ms / 1000 + 60) end
    from (select n, (array['low','low','low','low','low','moderate','moderate','moderate','high','extreme'])[1 + n % 10] as severity,
      (array['chemical','hate','self_harm','privacy','cyber_operations','violent_crimes','sexual_content'])[1 + n % 7] as label,
      (1 + n % 5) || '.' || (1 + n % 3) as clause, 'org_' || n % 200 as org,
      (array['waiting','waiting','waiting','waiting','waiting','waiting','second_reading','adjudication','decided','decided'])[1 + (n / 13) % 10] as state,
      extract(epoch from now())::float8 * 1000 - (n % 1200) * 1000.0 - (n % 977) as ms
      from generate_series(1, ${count}::int) n) g`.execute(db)
  await sql`insert into review_item (source, case_id, decision_id, at) select 'dec_' || id, id, 'dec_' || id, opened_at from review_case`.execute(
    db,
  )
  await sql`insert into review_tally select queue, state, 'ordinary', count(*), 0 from review_case where state <> 'decided' group by 1, 2`.execute(
    db,
  )
  // One person has read what stands first, and can't read it again: a claim of theirs must not walk past all of it.
  await sql`insert into review_reading select id, 'lonely', 'first', queue, 'uphold', '{}', '', null, opened_at, opened_at
    from review_case where state <> 'decided' order by rank, id limit ${READ_BY_ONE}::int`.execute(db)
  await sql`update review_case set read_by = '{lonely}' where id in (select case_id from review_reading)`.execute(db)
  await sql`vacuum analyze`.execute(db)
}

async function measureAll(review: Review): Promise<Figure[]> {
  const ann: Reviewer = { id: 'ann', roles: new Set(['analyst']) }
  const page = (about: Partial<CaseQuery>) => review.cases(ann, { state: 'open', limit: 50, ...about })
  const queues = await review.queues(ann)
  const someQueue = (n: number) => queues[n % queues.length]?.queue ?? ''
  const figures = [await measure('counts of all queues', () => review.queues(ann))]
  figures.push(await measure('first page', () => page({})))
  figures.push(await measure('first page of a queue', (n) => page({ queue: someQueue(n) })))
  figures.push(await measure('first page of a customer', (n) => page({ organisation: `org_${n}` })))
  figures.push(
    await measure('first page of a customer, low severity', (n) => page({ organisation: `org_${n}`, severity: 'low' })),
  )
  figures.push(
    await measure('first page of a queue and a customer', (n) =>
      page({ queue: someQueue(n), organisation: `org_${n}` }),
    ),
  )
  figures.push(await measure('first page, low severity', () => page({ severity: 'low' })))
  figures.push(await measure('first page, adjudication', () => page({ state: 'adjudication' })))
  figures.push(await measure('first page of what somebody holds', () => page({ claimedBy: 'ann' })))
  figures.push(await measure('decided, latest', () => page({ state: 'decided' })))
  figures.push(await measure('decided of a customer', (n) => page({ state: 'decided', organisation: `org_${n}` })))
  const deep = await deepCursor(review, ann)
  figures.push(await measure('a page far down', () => page({ cursor: deep })))
  figures.push(await measure('claim the next case of all', (n) => claimed(review, `r${n}`, null)))
  figures.push(await measure('claim the next case of a queue', (n) => claimed(review, `q${n}`, someQueue(n))))
  figures.push(await measure(`claim by who has read the first ${READ_BY_ONE}`, () => claimed(review, 'lonely', null)))
  figures.push(await measure('claim and decide', (n) => claimAndDecide(review, `d${n}`)))
  return figures
}

async function deepCursor(review: Review, who: Reviewer): Promise<string> {
  const { items, next } = await review.cases(who, { state: 'open', severity: 'low', limit: 200 })
  return next ?? items[0]?.id ?? ''
}

async function claimed(review: Review, id: string, queue: string | null): Promise<void> {
  const given = await review.claims.next({ id, roles: new Set(['analyst']) }, queue)
  if (given === null) throw new Error('nothing to claim')
}

async function claimAndDecide(review: Review, id: string): Promise<void> {
  const who: Reviewer = { id, roles: new Set(['analyst']) }
  const given = await review.claims.next(who, null)
  if (given?.claim == null) throw new Error('nothing to claim')
  await review.readings.decide(who, given.id, { claim: given.claim.id, verdict: 'uphold', labels: {}, note: '' })
}

async function measure(question: string, ask: (n: number) => Promise<unknown>): Promise<Figure> {
  for (let n = 0; n < 3; n++) await ask(ROUNDS + n)
  const times: number[] = []
  for (let n = 0; n < ROUNDS; n++) {
    const started = performance.now()
    await ask(n)
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { question, medianMs: at(0.5), p95Ms: at(0.95) }
}

/** The plans of the three questions that everything hangs on. */
async function explain(db: Db): Promise<void> {
  const open = sql`state <> 'decided' and desk in ('ordinary', 'lead')`
  const questions = {
    'next case of all': sql`select id from review_case where state <> 'decided' and desk = 'ordinary'
      and (claim_expires_at is null or claim_expires_at <= now()) order by rank, id limit 1`,
    'page of a queue': sql`select * from review_case where ${open} and queue = '1.1:chemical:low' order by rank, id limit 51`,
    'page of all': sql`select * from review_case where ${open} order by rank, id limit 51`,
  }
  for (const [question, query] of Object.entries(questions)) {
    const { rows } = await sql<{ 'QUERY PLAN': string }>`explain ${query}`.execute(db)
    const lines = rows.flatMap((row) => Object.values(row))
    console.log(`${question}: ${lines.find((line) => line.includes('using'))?.trim() ?? lines.join(' ')}`)
  }
}
