import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MemoryLog } from '../../test/support/staff-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import type { Db, DbHandle } from '../db/index.ts'
import { migrations } from '../db/migrations/index.ts'
import type { Actor } from '../ledger/index.ts'
import { Journal, type JournalRoom } from './index.ts'

const BY: Actor = { type: 'staff', id: 'per_1' }
const ROOM: Actor = { type: 'system', id: 'shelf' }
const Shelf = z.object({ puts: z.array(z.string()).default([]), removes: z.array(z.string()).default([]) })

/** A room whose things are organisations, since it has no table of its own. */
function shelf(name: string): JournalRoom<typeof Shelf> {
  return {
    name,
    change: Shelf,
    async apply(tx, { puts, removes }) {
      if (puts.includes('never')) throw new Error('no room on the shelf')
      const createdAt = new Date(0)
      for (const id of puts) await tx.insertInto('organisation').values({ id, name, createdAt, version: 1 }).execute()
      for (const id of removes) await tx.deleteFrom('organisation').where('id', '=', id).execute()
    },
    afterCutOff({ puts }) {
      const removes = puts.filter((id) => id.startsWith('fragile'))
      return removes.length === 0 ? null : { by: ROOM, events: removes.map(removed), change: { puts: [], removes } }
    },
  }
}

const put = (id: string) => ({ kind: 'shelf.put', subject: { type: 'thing', id }, data: { n: 1 } })
const removed = (id: string) => ({ kind: 'shelf.removed', subject: { type: 'thing', id } })
const putting = (id: string) => async () => ({ events: [put(id)], puts: [id], result: id })

describe.each(storeKinds('journal'))('a journal on $kind', ({ create, kind }) => {
  let store: TestStore
  let handle: DbHandle
  let log: MemoryLog
  const clock = new ManualClock()
  const ids = seededIds(clock, 11)
  const open = (name = 'shelf') => new Journal(shelf(name), { db: handle.db, ledger: log, clock, ids })
  const things = async () => {
    const rows = await handle.db.selectFrom('organisation').select('id').orderBy('id').execute()
    return rows.map(({ id }) => id)
  }
  const intents = () => handle.db.selectFrom('journalIntent').selectAll().orderBy('id').execute()

  beforeAll(async () => {
    store = await create()
    handle = await store.open()
  })
  afterAll(async () => {
    await handle.close()
    await store[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await handle.db.deleteFrom('organisation').execute()
    await handle.db.deleteFrom('journalIntent').execute()
    log = new MemoryLog()
  })

  it('records a change, brings it into effect and leaves nothing behind', async () => {
    expect(await open().make(BY, putting('a'))).toBe('a')
    expect(await things()).toEqual(['a'])
    expect(log.events).toMatchObject([
      { kind: 'shelf.put', actor: BY, subject: { type: 'thing', id: 'a' }, data: { n: 1 }, digests: {} },
    ])
    expect(await intents()).toEqual([])
  })

  it('does nothing when the decision is empty or rejects', async () => {
    const journal = open()
    expect(await journal.make(BY, async () => ({ events: [], result: 7 }))).toBe(7)
    await expect(journal.make(BY, () => Promise.reject(new Error('changed my mind')))).rejects.toThrow('my mind')
    expect([await things(), log.events, await intents()]).toEqual([[], [], []])
  })

  it('keeps the order of events, and says who did each', async () => {
    const events = [put('a'), { ...put('b'), actor: ROOM }, { ...put('c'), eventId: 'evt_given', digests: { of: 'c' } }]
    await open().make(BY, async () => ({ events, result: null }))
    expect(log.events.map(({ subject }) => subject?.id)).toEqual(['a', 'b', 'c'])
    expect(log.events).toMatchObject([{ actor: BY }, { actor: ROOM }, { id: 'evt_given', digests: { of: 'c' } }])
  })

  it.each(['before', 'after'] as const)(
    'finishes what a ledger cut off that failed %s it had recorded',
    async (when) => {
      log.failing = when
      await expect(open().make(BY, putting('a'))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      expect(await things()).toEqual([])
      expect(await intents()).toMatchObject([{ room: 'shelf', createdAt: new Date(clock.now()) }])
      // Nothing overtakes it.
      await expect(open().make(BY, putting('b'))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      await expect(open().recover()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      log.failing = null
      await open().recover()
      expect(await things()).toEqual(['a'])
      expect(await intents()).toEqual([])
      expect(new Set(log.events.map((event) => JSON.stringify(event))).size).toBe(1)
    },
  )

  it('finishes what the next decision finds, before it decides', async () => {
    log.failing = 'before'
    await expect(open().make(BY, putting('a'))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    log.failing = null
    const seen = await open().make(BY, async (db) => {
      const row = await db.selectFrom('organisation').select('id').executeTakeFirst()
      return { ...(await putting('b')()), result: row?.id }
    })
    expect(seen).toBe('a')
    expect(log.events.map(({ subject }) => subject?.id)).toEqual(['a', 'b'])
  })

  it('carries out what must follow a change that was cut off, even when that is cut off as well', async () => {
    log.failing = 'before'
    await expect(open().make(BY, putting('fragile'))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    const append = log.append.bind(log)
    log.failing = null
    log.append = (event) => (event.kind === 'shelf.removed' ? Promise.reject(new Error('disk gone')) : append(event))
    await expect(open().recover()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await things()).toEqual(['fragile'])
    expect(await intents()).toHaveLength(1)
    log.append = append
    await open().recover()
    expect(await things()).toEqual([])
    expect(log.events).toMatchObject([
      { kind: 'shelf.put', actor: BY },
      { kind: 'shelf.removed', actor: ROOM },
    ])
    expect(await intents()).toEqual([])
  })

  it('keeps an intent whose effect fails: recorded is not yet in effect', async () => {
    await expect(open().make(BY, putting('never'))).rejects.toThrow('no room on the shelf')
    expect(await intents()).toHaveLength(1)
  })

  it('lets one decide at a time', async () => {
    const counts = await Promise.all(
      ['a', 'b', 'c', 'd'].map((id) =>
        open().make(BY, async (db) => {
          const { length } = await db.selectFrom('organisation').select('id').execute()
          return { ...(await putting(id)()), result: length }
        }),
      ),
    )
    expect(counts.toSorted()).toEqual([0, 1, 2, 3])
  })

  it.runIf(kind === 'postgres')('waits for nobody who has fallen silent, and finishes what they decided', async () => {
    let wake = () => {}
    const silent = new Promise<void>((resolve) => {
      wake = resolve
    })
    const stopped = {
      append: async (events: Parameters<typeof log.append>[0]) => {
        await silent
        return await log.append(events)
      },
    }
    const deps = { db: handle.db, clock, ids }
    const first = new Journal(shelf('shelf'), { ...deps, ledger: stopped }).make(BY, putting('theirs'))
    const failure = expect(first).rejects.toThrow()
    await expect.poll(intents).toHaveLength(1)
    expect(await open().make(BY, putting('ours'))).toBe('ours')
    expect(await things()).toEqual(['ours', 'theirs'])
    wake()
    await failure
    expect(await things()).toEqual(['ours', 'theirs'])
    expect(await intents()).toEqual([])
  })

  it('leaves the intents of other rooms alone', async () => {
    log.failing = 'before'
    await expect(open('other').make(BY, putting('theirs'))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    log.failing = null
    await open().recover()
    await open().make(BY, putting('ours'))
    expect(await things()).toEqual(['ours'])
    expect(await intents()).toMatchObject([{ room: 'other' }])
  })

  it.runIf(kind === 'postgres')('makes no room wait for another', async () => {
    const inner = await open('shelf').make(BY, async () => {
      const result = await open('other').make(BY, putting('b'))
      return { ...(await putting('a')()), result }
    })
    expect(inner).toBe('b')
    expect(await things()).toEqual(['a', 'b'])
  })

  it('notes what changes nothing, or says that it was not done', async () => {
    await open().note(BY, put('a'))
    expect(log.kinds()).toEqual(['shelf.put'])
    log.failing = 'before'
    await expect(open().note(BY, put('b'))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(await intents()).toEqual([])
  })

  it('takes over what waited in the tables that rooms had of their own', async () => {
    const rows = await handle.db.connection().execute((db) => inSchemaOfItsOwn(db, upgraded))
    expect(rows.map(({ room, events, change }) => [room, JSON.parse(events), JSON.parse(change)])).toEqual([
      ['accounts', [{ id: 'evt_1' }], { changes: [{ type: 'first' }] }],
      ['accounts', [{ id: 'evt_2' }], { changes: [{ type: 'second' }] }],
      ['staff', [{ id: 'evt_3' }], { puts: [], removes: [] }],
      ['enforcement', [], { puts: [{ id: 'str_1' }] }],
      ['redress', [{ id: 'evt_4' }], { puts: [], texts: [], forget: ['apl_1'] }],
    ])
  })
})

/** What 0010-journal makes of intents that stood in the store before it. */
async function upgraded(db: Db): Promise<{ room: string; events: string; change: string }[]> {
  const before = Object.entries(migrations).filter(([name]) => name < '0010')
  for (const [, migration] of before) await migration.up(db)
  await sql`insert into account_intent (event, change)
    values ('{"id":"evt_1"}', '{"type":"first"}'), ('{"id":"evt_2"}', '{"type":"second"}')`.execute(db)
  await sql`insert into staff_intent (events, change)
    values ('[{"id":"evt_3"}]', '{"puts":[],"removes":[]}')`.execute(db)
  await sql`insert into enforcement_intent (events, change) values ('[]', '{"puts":[{"id":"str_1"}]}')`.execute(db)
  await sql`insert into redress_intent (events, change)
    values ('[{"id":"evt_4"}]', '{"puts":[],"texts":[],"forget":["apl_1"]}')`.execute(db)
  await migrations['0010-journal']?.up(db)
  const { rows: tables } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_name like '%intent'`.execute(db)
  expect(tables).toEqual([{ name: 'journal_intent' }])
  return await db.selectFrom('journalIntent').select(['room', 'events', 'change']).orderBy('id').execute()
}

async function inSchemaOfItsOwn<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  await sql`create schema earlier`.execute(db)
  try {
    await sql`set search_path to earlier`.execute(db)
    return await work(db)
  } finally {
    await sql`set search_path to public`.execute(db)
    await sql`drop schema earlier cascade`.execute(db)
  }
}
