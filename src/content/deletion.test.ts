import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ANALYST, DAY_MS, KEEP, MemoryLog, REVIEW, said } from '../../test/support/content-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { Content, type SaidExchange } from './index.ts'

let seed = 1

describe.each(storeKinds('content: deletion'))('deletion of content on $kind', ({ create }) => {
  let shared: TestStore
  let handle: DbHandle
  let dataDir: string
  let clock: ManualClock
  let log: MemoryLog

  beforeAll(async () => {
    shared = await create()
    handle = await shared.open()
  })
  afterAll(async () => {
    await handle.close()
    await shared[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['content', 'contentHold', 'contentProject'] as const) {
      await handle.db.deleteFrom(table).execute()
    }
    dataDir = mkdtempSync(join(tmpdir(), 'safelevel-content-'))
    clock = new ManualClock()
    log = new MemoryLog()
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))
  const open = (config = KEEP) =>
    Content.open({
      db: handle,
      ledger: log,
      clock,
      ids: seededIds(clock, seed++),
      log: silentLog,
      keysDir: join(dataDir, 'keys'),
      config,
    })
  const stored = async () => {
    const rows = await handle.db.selectFrom('content').select('id').orderBy('id').execute()
    return rows.map(({ id }) => id)
  }
  const keep = async (content: Content, ...exchanges: SaidExchange[]) => {
    for (const exchange of exchanges) content.take(exchange)
    await content.flush()
    return exchanges.map(({ decisionId }) => decisionId)
  }

  describe('zero retention', () => {
    it('keeps nothing from then on, deletes what was kept, for this project alone, after a restart too', async () => {
      await using content = await open()
      const [, other = ''] = await keep(content, said(), said({ project: 'prj_2' }))
      content.take(said())
      await content.setZeroRetention('prj_1', true, ANALYST)
      expect(content.gathers('prj_1')).toBe('nothing')
      await keep(content, said())
      expect(await stored()).toEqual([other])
      await using later = await open()
      expect(later.zeroRetention('prj_1')).toBe(true)
      await later.setZeroRetention('prj_1', false, ANALYST)
      await keep(later, said())
      expect(await stored()).toHaveLength(2)
      expect(log.of('content.zero_retention_set').map(({ data }) => data)).toEqual([{ on: true }, { on: false }])
    })

    it('is noticed when another process sets it', async () => {
      await using here = await open()
      await using there = await open()
      await there.setZeroRetention('prj_1', true, ANALYST)
      expect(here.gathers('prj_1')).toBe('flagged')
      await here.catchUp()
      expect(here.gathers('prj_1')).toBe('nothing')
    })

    it('is not in effect when it can’t be recorded', async () => {
      await using content = await open()
      const ids = await keep(content, said())
      log.broken = true
      await expect(content.setZeroRetention('prj_1', true, ANALYST)).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
      })
      expect([content.gathers('prj_1'), await stored()]).toEqual(['flagged', ids])
    })
  })

  describe('retention', () => {
    it('deletes to the millisecond, and says how many on the ledger', async () => {
      await using content = await open()
      await keep(content, said())
      clock.advance(30 * DAY_MS - 1)
      expect(await content.sweep()).toBe(0)
      clock.advance(1)
      expect(await content.sweep()).toBe(1)
      expect(await stored()).toEqual([])
      expect(log.of('content.expired')).toMatchObject([{ data: { exchanges: 1 } }])
    })

    it('deletes nothing that can’t be recorded', async () => {
      await using content = await open()
      await keep(content, said())
      clock.advance(40 * DAY_MS)
      log.broken = true
      await expect(content.sweep()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      expect(await stored()).toHaveLength(1)
    })
  })

  describe('legal holds', () => {
    it.each([
      ['organisation', 'org_1'],
      ['project', 'prj_1'],
      ['key', 'key_1'],
      ['end_user', 'eu_1'],
      ['decision', null],
    ] as const)(
      'on a %s keep it through retention, erasure and zero retention, until they are lifted',
      async (scope, id) => {
        await using content = await open()
        const about = { organisation: 'org_2', project: 'prj_2', key: 'key_2', endUser: 'eu_2' }
        const [held = '', free = ''] = await keep(content, said(), said(about))
        const hold = await content.placeHold({ scope, scopeId: id ?? held, matter: '2026/17' }, ANALYST)
        clock.advance(31 * DAY_MS)
        expect(await content.sweep()).toBe(1)
        expect(await stored()).toEqual([held])
        expect(free).not.toBe(held)
        expect(await content.erase({ scope: 'end_user', scopeId: 'eu_1' }, REVIEW)).toEqual({ erased: 0, held: 1 })
        await content.setZeroRetention('prj_1', true, ANALYST)
        expect(await stored()).toEqual([held])
        const lifted = await content.liftHold(hold.id, ANALYST)
        expect(lifted).toMatchObject({ liftedBy: ANALYST.id })
        expect(await content.sweep()).toBe(1)
        expect(log.of('content.hold_placed')).toMatchObject([{ data: { hold: hold.id, matter: '2026/17' } }])
        expect(log.of('content.hold_lifted')).toHaveLength(1)
      },
    )

    it('are placed once for a matter, lifted once, and listed', async () => {
      await using content = await open()
      const wanted = { scope: 'end_user', scopeId: 'eu_1', matter: 'A-1' } as const
      const hold = await content.placeHold(wanted, ANALYST)
      await expect(content.placeHold(wanted, ANALYST)).rejects.toMatchObject({ code: 'CONFLICT' })
      clock.advance(1)
      const second = await content.placeHold({ ...wanted, matter: 'A-2' }, ANALYST)
      expect((await content.holds({ limit: 1 })).items).toEqual([second])
      expect(await content.holds({ limit: 1, after: second.id })).toEqual({ items: [hold], next: null })
      await content.liftHold(hold.id, ANALYST)
      await expect(content.liftHold(hold.id, ANALYST)).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(content.liftHold('hold_none', ANALYST)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect((await content.holds({ limit: 10 })).items).toEqual([second])
      expect((await content.holds({ limit: 10, lifted: true })).items).toHaveLength(2)
      await content.placeHold(wanted, ANALYST)
    })

    it.each([
      { scope: 'end_user', scopeId: 'maria@example.com', matter: 'A' },
      { scope: 'decision', scopeId: "x' or 1=1", matter: 'A' },
      { scope: 'decision', scopeId: 'dec_1', matter: 'Maria Muster, born 1970' },
    ] as const)('take no names: $scopeId, $matter', async (hold) => {
      await using content = await open()
      await expect(content.placeHold(hold, ANALYST)).rejects.toThrow()
      expect(log.events).toEqual([])
    })
  })

  describe('a data subject', () => {
    it('gets everything that is kept of them and nobody else, each reading recorded, nothing restricted', async () => {
      await using content = await open()
      const many = Array.from({ length: 130 }, () => said())
      await keep(content, ...many, said({ endUser: 'eu_2' }), said({ labels: ['child_exploitation'] }))
      content.take(said())
      const given: string[] = []
      for await (const exchange of content.exportScope(
        { scope: 'end_user', scopeId: 'eu_1' },
        { by: ANALYST, reason: 'data_subject_request' },
      )) {
        expect(log.of('content.read').at(-1)?.subject.id).toBe(exchange.decisionId)
        given.push(exchange.decisionId)
      }
      expect(given).toHaveLength(131)
      expect(given.slice(0, 130)).toEqual(many.map(({ decisionId }) => decisionId))
      expect(log.of('content.exported')).toHaveLength(1)
      expect(log.of('content.read')).toHaveLength(131)
    })

    it('is erased, but for what must be preserved, and nobody else is', async () => {
      await using content = await open()
      const [one = '', other = '', preserved = ''] = await keep(
        content,
        said(),
        said({ endUser: 'eu_2' }),
        said({ labels: ['child_exploitation'] }),
      )
      content.take(said())
      const report = await content.erase(
        { scope: 'end_user', scopeId: 'eu_1' },
        { by: ANALYST, reason: 'data_subject_request' },
      )
      expect(report).toEqual({ erased: 2, held: 1 })
      expect(await stored()).toEqual([other, preserved])
      await expect(content.read(one, REVIEW)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(log.events.map(({ kind }) => kind)).toEqual(['content.erasure_started', 'content.erased'])
      expect(log.events[1]?.data).toEqual({ reason: 'data_subject_request', erased: 2, held: 1 })
    })
  })
})
