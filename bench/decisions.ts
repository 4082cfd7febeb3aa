/**
 * How fast decisions are found among many: `node bench/decisions.ts --url postgres://… [--rows 1000000] [--json]`. Takes an empty database
 * of PostgreSQL (or `--url embedded`), fills it with traffic of half a year, and measures pages of every filter, the charts, the reading for
 * replay and the copying from the ledger.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { ManualClock } from '../src/base/clock.ts'
import { silentLog } from '../src/base/log.ts'
import { openDb } from '../src/db/index.ts'
import { DecisionFilter, Decisions } from '../src/decisions/index.ts'
import { Partitions } from '../src/decisions/partitions.ts'
import { idAt } from '../src/decisions/spans.ts'
import { decisionEvent, EventList } from '../test/support/decision-events.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    rows: { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
  },
})
if (values.url === undefined) throw new Error('--url: an empty database, or `embedded`')
const rows = Number(values.rows)
const REPEATS = 40
const START_MS = Date.UTC(2026, 0, 1)
const STEP_MS = 15_000
const COPIED_MS = Date.UTC(2026, 6, 1)
/** As if the last request had just come. */
const clock = new ManualClock(START_MS + rows * STEP_MS)
const COPIED = 20_000

const dataDir = mkdtempSync(join(tmpdir(), 'safelevel-bench-'))
const handle = await openDb({ url: values.url === 'embedded' ? null : values.url, dataDir, log: silentLog })
const ledger = new EventList('bench.example/log')
const decisions = await Decisions.open({ db: handle, ledger, clock, log: silentLog })

const partitions = new Partitions({ db: handle.db, clock, log: silentLog, retentionDays: 0 })
await partitions.ensure(Array.from({ length: rows / 5_760 + 1 }, (_, day) => START_MS + day * 86_400_000))

/** One in 50 is refused, one in 400 cut; 500 organisations of very different size, a rare label, a rare end user. */
await sql`
  insert into decision (id, source, position, at, outcome, enforced, route, dialect, model, surface, organisation, project, key,
    end_user, side, label, clause, severity, policy_version, test_string, detail)
  select 'dec_' || (select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((${START_MS}::int8 + n * ${STEP_MS}::int8) >> (45 - 5 * i) & 31)::int + 1, 1), '' order by i)
    from generate_series(0, 9) as i) || lpad(n::text, 16, '0'), (select min(id) from decision_source), n, '2026-01-01'::timestamptz + n * interval '15 s',
    case when n % 50 = 0 then 'refuse' when n % 400 = 1 then 'cut' else 'allow' end, n % 1000 <> 7, 'generate', 'openai-chat',
    'model-' || n % 5, case when n % 10 = 0 then 'app' else 'api' end,
    'org_' || floor(500 * power(random(), 3)), 'prj_' || floor(900 * power(random(), 3)), 'key_' || floor(2000 * power(random(), 3)),
    'eu_' || n % 100000, case when n % 50 = 0 then 'prompt' end,
    case when n % 50 = 0 then (array['cyber_operations','hate','privacy','chemical'])[1 + n / 50 % 4] when n % 99991 = 0 then 'biological' end,
    case when n % 50 = 0 then '2.' || n / 50 % 9 end, case when n % 50 = 0 then 'high' end, '1.' || n * 10 / ${rows}::int, false,
    '{"policyDigest":null,"canary":false,"code":null,"durationMs":3.2,"inputTokens":100,"outputTokens":200,"turns":1,"prompt":{"action":"allow","label":null,"clause":null,"score":null,"threshold":null,"severity":null,"reason":null,"flagged":[],"unevaluated":[],"scores":{"cyber_operations":0.31,"general_harm":0.12},"classifiers":["cascade@1"],"testString":false},"completion":null}'::jsonb
  from generate_series(1, ${rows}::int) as n`.execute(handle.db)
await sql`vacuum analyze decision`.execute(handle.db) // as autovacuum does when rows come one by one

const half = Math.floor(rows / 2)
const middle = `${idAt(START_MS + half * STEP_MS)}${String(half).padStart(16, '0')}`
const CASES: Record<string, object> = {
  'no filter': {},
  'deep page': { after: middle },
  'outcome=refuse': { outcome: 'refuse' },
  'outcome=cut, deep': { outcome: 'cut', after: middle },
  'label, common': { label: 'hate' },
  'label, rare': { label: 'biological' },
  'label, none': { label: 'defamation' },
  clause: { clause: '2.3' },
  'organisation, large': { organisation: 'org_0' },
  'organisation, small': { organisation: 'org_499' },
  'end user': { endUser: 'eu_77' },
  'model and outcome': { model: 'model-3', outcome: 'refuse' },
  'organisation and label': { organisation: 'org_7', label: 'chemical' },
  'small organisation and label': { organisation: 'org_490', label: 'chemical' },
  'contradiction: app and cut': { surface: 'app', outcome: 'cut' },
  'policy version and outcome': { policyVersion: '1.2', outcome: 'cut' },
  'not enforced': { enforced: 'false' },
  'not enforced, refused': { enforced: 'false', outcome: 'refuse' },
  'id prefix': { idPrefix: middle.slice(0, 27) },
}
const result: Record<string, number> = {}
for (const [name, query] of Object.entries(CASES)) {
  const { after, ...filter } = query as { after?: string }
  result[`${name}, p95 ms`] = await p95(() => decisions.list({ ...DecisionFilter.parse(filter), after, limit: 50 }))
}

const streaming = performance.now()
let streamed = 0
for await (const _ of decisions.stream()) if (++streamed === 100_000) break
result['read for replay, decisions/s'] = Math.round((1_000 * streamed) / (performance.now() - streaming))

clock.jump(COPIED_MS + 86_400_000 - clock.now())
for (let n = 0; n < COPIED; n++)
  ledger.append(decisionEvent({ atMs: COPIED_MS + 1_000 * n, data: { surface: `s${n % 3}` } }))
await new Promise((resolve) => setTimeout(resolve, 1_000))
const copying = performance.now()
await sql`update decision_source set next = 0`.execute(handle.db)
await sql`delete from decision where position < ${COPIED}`.execute(handle.db)
await decisions.catchUp()
result['copied from the ledger, decisions/s'] = Math.round((1_000 * COPIED) / (performance.now() - copying))
const since = '2026-07-01T00:00:00Z'
result['chart by the hour, p95 ms'] = await p95(() =>
  decisions.summary({ since, until: '2026-07-08T00:00:00Z', step: 'hour' }),
)

await decisions.close()
await handle.close()
rmSync(dataDir, { recursive: true, force: true })
if (values.json) console.log(JSON.stringify({ rows, store: handle.kind, ...result }))
else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(44)} ${value}`)

/** Milliseconds that 95 of 100 stay below, after two runs that warm up. */
async function p95(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = -2; i < REPEATS; i++) {
    const started = performance.now()
    await work()
    if (i >= 0) times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  return Math.round((times[Math.floor(0.95 * REPEATS)] ?? 0) * 10) / 10
}
