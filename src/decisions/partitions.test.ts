import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decisionEvent, EventList } from '../../test/support/decision-events.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { DecisionFilter, Decisions } from './index.ts'
import { idAt, spansBack, spansForward } from './spans.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 0, 1)

describe.each(storeKinds('partitions'))('the days of the view on $kind', ({ create }) => {
  let store: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  }, 60_000)
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    const { rows } = await sql<{
      name: string
    }>`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = to_regclass('decision') and c.relname <> 'decision_rest'`.execute(handle.db)
    for (const { name } of rows) await sql`drop table ${sql.ref(name)}`.execute(handle.db)
    await sql`delete from decision`.execute(handle.db)
    await sql`delete from decision_hour`.execute(handle.db)
    await sql`delete from decision_source`.execute(handle.db)
  })

  const open = (clock: ManualClock, ledger: EventList, retentionDays = 0) =>
    Decisions.open({ db: handle, ledger, clock, log: silentLog, retentionDays })
  const daysBefore = (clock: ManualClock, days: readonly number[]) =>
    days.map((day) => decisionEvent({ atMs: clock.now() - day * DAY_MS }))
  const tableOf = async (id: string) => {
    const { rows } = await sql<{
      name: string
    }>`select tableoid::regclass::text as name from decision where id = ${id}`.execute(handle.db)
    return rows[0]?.name
  }

  it('puts each decision in the table of its day, and finds it there', async () => {
    const clock = new ManualClock()
    const ledger = new EventList()
    await using decisions = await open(clock, ledger)
    const events = daysBefore(clock, [40, 12, 1, 0])
    ledger.append(...events)
    await decisions.catchUp()
    expect(await Promise.all(events.map(({ id }) => tableOf(id)))).toEqual([
      'decision_2025_11_22',
      'decision_2025_12_20',
      'decision_2025_12_31',
      'decision_2026_01_01',
    ])
    expect((await decisions.list({ limit: 10 })).items.map(({ id }) => id)).toEqual(
      events.map(({ id }) => id).toReversed(),
    )
    expect((await decisions.days()).slice(-3)).toEqual(['2026-01-02', '2026-01-03', '2026-01-04'])
  })

  it('lets go of days that are over their time, as a whole, and of nothing else', async () => {
    const clock = new ManualClock()
    const ledger = new EventList()
    await using decisions = await open(clock, ledger, 30)
    const events = daysBefore(clock, [29, 10, 0])
    ledger.append(...events)
    await decisions.catchUp()
    const ids = async () => (await decisions.list({ limit: 10 })).items.map(({ id }) => id)
    const newestFirst = events.map(({ id }) => id).toReversed()
    expect(await ids()).toEqual(newestFirst)
    clock.advance(2 * DAY_MS)
    await decisions.tend()
    expect(await ids()).toEqual(newestFirst.slice(0, 2))
    clock.advance(30 * DAY_MS)
    await decisions.tend()
    expect(await ids()).toEqual([])
    // Charts go on counting what was let go.
    const since = new Date(START_MS - 40 * DAY_MS).toISOString()
    const summary = await decisions.summary({ since, until: new Date(START_MS + DAY_MS).toISOString(), step: 'day' })
    expect(summary.totals).toEqual({ refuse: 3 })
  })

  it('does not bring back what is over its time when the ledger is read anew', async () => {
    const clock = new ManualClock()
    const ledger = new EventList()
    await using decisions = await open(clock, ledger, 30)
    const events = daysBefore(clock, [400, 60, 3])
    ledger.append(...events)
    await decisions.catchUp()
    await decisions.tend()
    expect((await decisions.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([events[2]?.id])
    await decisions.rebuild()
    await decisions.tend()
    expect((await decisions.list({ limit: 10 })).items.map(({ id }) => id)).toEqual([events[2]?.id])
  })

  it('refuses nothing: what has no day, or a strange id, goes to the rest, and to its day once that is made', async () => {
    const clock = new ManualClock()
    const ledger = new EventList()
    await using decisions = await open(clock, ledger)
    const [early] = daysBefore(clock, [-10])
    const strange = decisionEvent({ id: 'dec_!' })
    if (early === undefined) throw new Error('no event')
    ledger.append(early, strange)
    await decisions.catchUp()
    expect([await tableOf(early.id), await tableOf(strange.id)]).toEqual(['decision_rest', 'decision_rest'])
    clock.advance(9 * DAY_MS)
    await decisions.tend()
    expect(await tableOf(early.id)).toBe('decision_2026_01_11')
    expect((await decisions.list({ limit: 10 })).items).toHaveLength(2)
  })

  it('lets several processes tend at once', async () => {
    const clock = new ManualClock()
    await using first = await open(clock, new EventList('a.example/log'))
    await using second = await open(clock, new EventList('b.example/log'))
    clock.advance(20 * DAY_MS)
    await Promise.all([first.tend(), second.tend(), first.tend()])
    expect(await first.days()).toEqual(await second.days())
  })

  it('pages through months without leaving any out or giving any twice', async () => {
    const clock = new ManualClock()
    const ledger = new EventList()
    await using decisions = await open(clock, ledger)
    const events = Array.from({ length: 60 }, (_, i) => decisionEvent({ atMs: clock.now() - (60 - i) * 3 * DAY_MS }))
    ledger.append(...events)
    await decisions.catchUp()
    const ids: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await decisions.list({ limit: 7, after })
      ids.push(...page.items.map(({ id }) => id))
      if (page.next === null) break
      after = page.next
    }
    expect(ids).toEqual(events.map(({ id }) => id).toReversed())
    const oldestFirst: string[] = []
    for await (const { id } of decisions.stream()) oldestFirst.push(id)
    expect(oldestFirst).toEqual(events.map(({ id }) => id))
    const since = new Date(clock.now() - 100 * DAY_MS).toISOString()
    const until = new Date(clock.now() - 50 * DAY_MS).toISOString()
    const range = await decisions.list({ limit: 50, ...DecisionFilter.parse({ since, until }) })
    const within = events.filter(({ time }) => time >= since && time < until)
    expect(range.items.map(({ id }) => id)).toEqual(within.map(({ id }) => id).toReversed())
  })
})

describe('spans', () => {
  const time = fc.integer({ min: START_MS - 500 * DAY_MS, max: START_MS + 10 * DAY_MS })
  const bound = fc.oneof(
    fc.constant(null),
    time.map((ms) => idAt(ms)),
    fc.string({ maxLength: 16 }),
    time.map((ms) => `${idAt(ms).slice(0, 9)}~`),
  )

  it('cover what was asked for once, in order, whatever the bounds', () => {
    fc.assert(
      fc.property(bound, bound, time, time, (from, to, oldestMs, probeMs) => {
        const wanted = { from, to, nowMs: START_MS, oldestMs: Math.min(oldestMs, START_MS) }
        const probe = `${idAt(probeMs)}0000`
        const asked = (from === null || probe >= from) && (to === null || probe < to)
        for (const spans of [[...spansBack(wanted)], [...spansForward(wanted)].toReversed()]) {
          const holding = spans.filter(
            (span) => (span.from === null || probe >= span.from) && (span.to === null || probe < span.to),
          )
          expect(holding.length).toBe(asked ? 1 : 0)
          spans.forEach((span, i) => {
            if (i > 0) expect(span.to).toBe(spans[i - 1]?.from)
          })
          expect(spans.length).toBeLessThan(40)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('touch few days at first', () => {
    const [first] = spansBack({ from: null, to: null, nowMs: START_MS, oldestMs: START_MS - 400 * DAY_MS })
    expect(first?.from).toBe(idAt(START_MS - DAY_MS))
  })
})
