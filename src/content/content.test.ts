import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { LedgerEvent } from '../ledger/index.ts'
import { Content, type ContentConfig, KeptExchange, type SaidExchange } from './index.ts'

const DAY_MS = 86_400_000
const KEEP: ContentConfig = { keep: 'flagged', retentionDays: { flagged: 30, other: 7, restricted: 365 } }
const ANALYST = { type: 'staff', id: 'per_analyst' } as const
const REVIEW = { by: ANALYST, reason: 'review' } as const
const PLANTED = 'the words that nobody may find'

/** Keeps what it is given, or refuses everything. */
class MemoryLog {
  readonly events: LedgerEvent[] = []
  broken = false
  /** What the last kind of event found in the store when it was appended. */
  onAppend: (event: LedgerEvent) => Promise<void> = async () => {}
  async append(event: LedgerEvent): Promise<{ position: number }> {
    if (this.broken) throw new Error('disk gone')
    await this.onAppend(event)
    return { position: this.events.push(LedgerEvent.parse(event)) - 1 }
  }

  of(kind: string): LedgerEvent[] {
    return this.events.filter((event) => event.kind === kind)
  }
}

let count = 0
function said(parts: Partial<SaidExchange> = {}): SaidExchange {
  const text = `say: ${PLANTED}`
  return {
    decisionId: `dec_${(count++).toString().padStart(26, '0')}`,
    atMs: Date.UTC(2026, 0, 1),
    organisation: 'org_1',
    project: 'prj_1',
    key: 'key_1',
    endUser: 'eu_1',
    flagged: true,
    labels: ['chemical'],
    turns: [
      {
        role: 'user',
        parts: [
          { kind: 'text', text, pointer: '/messages/0/content' },
          { kind: 'media', media: 'image', pointer: '/messages/0/content/1' },
        ],
      },
    ],
    completion: [{ track: 'choice 0 text', kind: 'text', text: `answer: ${PLANTED}`, releasedChars: 3 }],
    evidence: {
      prompt: [{ label: 'chemical', score: 0.9, source: '/messages/0/content', start: 5, end: text.length }],
      completion: [],
    },
    ...parts,
  }
}

describe.each(storeKinds('content'))('content on $kind', ({ create }) => {
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
      ids: seededIds(clock, 7 + count++),
      log: silentLog,
      dataDir,
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

  describe('reading', () => {
    it('gives what was said, after the ledger knows who reads it and why', async () => {
      await using content = await open()
      const exchange = said()
      await keep(content, exchange)
      const read = await content.read(exchange.decisionId, REVIEW)
      expect(KeptExchange.parse(read)).toEqual(read)
      expect(read).toMatchObject({
        decisionId: exchange.decisionId,
        endUser: 'eu_1',
        turns: exchange.turns,
        completion: exchange.completion,
        evidence: exchange.evidence,
        omittedChars: 0,
        expiresAt: '2026-01-31T00:00:00.000Z',
      })
      expect(log.events).toMatchObject([
        { kind: 'content.read', actor: ANALYST, subject: { type: 'request', id: exchange.decisionId } },
      ])
      expect(log.events[0]?.data).toEqual({ reason: 'review', restricted: false })
      expect(JSON.stringify(log.events)).not.toContain(PLANTED)
    })

    it('shows nothing that can’t be recorded', async () => {
      await using content = await open()
      const [id = ''] = await keep(content, said())
      log.broken = true
      await expect(content.read(id, REVIEW)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      await expect(content.exportScope({ scope: 'end_user', scopeId: 'eu_1' }, REVIEW).next()).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
      })
      await expect(content.erase({ scope: 'end_user', scopeId: 'eu_1' }, REVIEW)).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
      })
      expect(await stored()).toEqual([id])
    })

    it('says when nothing is kept, and records no reading', async () => {
      await using content = await open()
      await expect(content.read('dec_none', REVIEW)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(log.events).toEqual([])
    })

    it('leaves what is restricted to the restricted queue', async () => {
      await using content = await open()
      const [id = ''] = await keep(content, said({ labels: ['hate', 'child_exploitation'] }))
      await expect(content.read(id, REVIEW)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      expect(log.events).toEqual([])
      await content.read(id, { ...REVIEW, restricted: true })
      expect(log.events).toMatchObject([{ kind: 'content.read', data: { restricted: true } }])
      expect(await content.notes([id, 'dec_none'])).toMatchObject([
        { decisionId: id, restricted: true, expiresAt: '2027-01-01T00:00:00.000Z' },
      ])
    })
  })

  describe('at rest', () => {
    it('has no word of it in the store, not even packed', async () => {
      await using content = await open()
      await keep(
        content,
        said({ turns: [{ role: 'user', parts: [{ kind: 'text', text: PLANTED.repeat(500), pointer: '/x' }] }] }),
      )
      const { rows } = await sql<{ row: string }>`select content::text as row from content`.execute(handle.db)
      const text = rows.map(({ row }) => row).join()
      expect(text).not.toContain(PLANTED)
      expect(text).not.toContain(Buffer.from(PLANTED).toString('hex'))
    })

    it.each([
      ['the text', { sealed: 20 }],
      ['its key', { wrappedKey: 20 }],
      ['its format', { sealed: 0 }],
    ])('refuses a row in which %s was changed', async (_, where) => {
      await using content = await open()
      const [id = ''] = await keep(content, said())
      const row = await handle.db.selectFrom('content').selectAll().executeTakeFirstOrThrow()
      for (const [column, index] of Object.entries(where)) {
        const bytes = Buffer.from(row[column as 'sealed'])
        bytes[index] = (bytes[index] ?? 0) ^ 1
        await handle.db
          .updateTable('content')
          .set({ [column]: bytes })
          .execute()
      }
      await expect(content.read(id, REVIEW)).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
    })

    it('refuses rows that were swapped', async () => {
      await using content = await open()
      const [one = '', other = ''] = await keep(content, said(), said())
      const { sealed, wrappedKey } = await handle.db
        .selectFrom('content')
        .selectAll()
        .where('id', '=', one)
        .executeTakeFirstOrThrow()
      await handle.db.updateTable('content').set({ sealed, wrappedKey }).where('id', '=', other).execute()
      await expect(content.read(other, REVIEW)).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
      await content.read(one, REVIEW)
    })

    it('needs its key: another one, or a damaged one, opens nothing and is not overwritten', async () => {
      let id = ''
      {
        await using content = await open()
        ;[id = ''] = await keep(content, said())
      }
      rmSync(join(dataDir, 'keys/content.key'))
      {
        await using content = await open()
        await expect(content.read(id, REVIEW)).rejects.toMatchObject({
          code: 'VERIFICATION_FAILED',
          message: expect.stringContaining('restore it from a backup'),
        })
        expect(log.events).toEqual([])
      }
      writeFileSync(join(dataDir, 'keys/content.key'), 'short')
      await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    })

    it('is wrapped anew when the key is rotated, and the old key is destroyed', async () => {
      await using content = await open()
      const ids = await keep(content, said(), said(), said())
      const before = await content.read(ids[0] ?? '', REVIEW)
      const { key, rewrapped } = await content.rotateKey(ANALYST)
      expect(rewrapped).toBe(3)
      expect(readdirSync(join(dataDir, 'keys'))).toEqual(['content-0002.key'])
      expect(await content.read(ids[0] ?? '', REVIEW)).toEqual(before)
      expect(log.of('content.key_destroyed')).toMatchObject([{ data: { to: key, rewrapped: 3 } }])
      await keep(content, said())
      await using later = await open()
      expect(await later.read(ids[2] ?? '', REVIEW)).toMatchObject({ decisionId: ids[2] })
      await later.rotateKey(ANALYST)
      expect(readdirSync(join(dataDir, 'keys'))).toEqual(['content-0003.key'])
    })

    it('finishes a rotation that was cut off', async () => {
      await using content = await open()
      const ids = await keep(content, said(), said())
      let left = 1
      log.onAppend = async ({ kind }) => {
        if (kind === 'content.key_destroyed' && left-- > 0) throw new Error('power cut')
      }
      await expect(content.rotateKey(ANALYST)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
      await using after = await open()
      for (const id of ids) await after.read(id, REVIEW)
      await after.rotateKey(ANALYST)
      for (const id of ids) await after.read(id, REVIEW)
    })
  })

  describe('what is kept', () => {
    it.each([
      ['flagged', true, 30],
      ['flagged', false, null],
      ['all', true, 30],
      ['all', false, 7],
      ['none', true, null],
    ] as const)('with keep: %s and flagged: %s, for %s days', async (mode, flagged, days) => {
      await using content = await open({ ...KEEP, keep: mode })
      const [id = ''] = await keep(content, said({ flagged, labels: [] }))
      const [note] = await content.notes([id])
      expect(note?.expiresAt).toBe(
        days === null ? undefined : new Date(Date.UTC(2026, 0, 1) + days * DAY_MS).toISOString(),
      )
    })

    it('keeps nothing for zero days', async () => {
      await using content = await open({ ...KEEP, retentionDays: { ...KEEP.retentionDays, flagged: 0 } })
      await keep(content, said())
      expect(await stored()).toEqual([])
    })

    it('keeps an exchange once', async () => {
      await using content = await open()
      const exchange = said()
      await keep(content, exchange)
      await keep(content, { ...exchange, atMs: exchange.atMs + DAY_MS })
      expect(await stored()).toHaveLength(1)
    })

    it('keeps what is longest around what was found, and says how much is left out', async () => {
      await using content = await open()
      const text = `${'a'.repeat(3_000_000)}${PLANTED}${'b'.repeat(3_000_000)}`
      const start = text.indexOf(PLANTED)
      const exchange = said({
        turns: [
          { role: 'user', parts: [{ kind: 'text', text: 'old'.repeat(400_000), pointer: '/0' }] },
          { role: 'user', parts: [{ kind: 'text', text, pointer: '/1' }] },
        ],
        completion: [{ track: 't', kind: 'text', text: 'c'.repeat(2_000_000), releasedChars: 1_999_999 }],
        evidence: {
          prompt: [{ label: 'chemical', score: 1, source: '/1', start, end: start + PLANTED.length }],
          completion: [],
        },
      })
      await keep(content, exchange)
      const read = await content.read(exchange.decisionId, REVIEW)
      const part = read.turns[1]?.parts[0]
      const found = read.evidence.prompt[0]
      expect(part?.kind === 'text' && part.text.slice(found?.start, found?.end)).toBe(PLANTED)
      const kept = read.turns
        .flatMap(({ parts }) => parts)
        .reduce((sum, p) => sum + (p.kind === 'media' ? 0 : p.text.length), 0)
      const answer = read.completion[0]?.text.length ?? 0
      expect(kept).toBeLessThanOrEqual(1024 * 1024 + 32 * 1024)
      expect(kept + answer + read.omittedChars).toBe(text.length + 1_200_000 + 2_000_000)
      expect(read.completion[0]?.releasedChars).toBe(answer)
    })

    it('drops and counts what finds no room, and never throws', async () => {
      await using content = await open()
      const long = said({
        turns: [{ role: 'user', parts: [{ kind: 'text', text: 'x'.repeat(30 * 1024 * 1024), pointer: '/0' }] }],
      })
      for (let i = 0; i < 4; i++) content.take({ ...long, decisionId: `dec_long${i}` })
      expect(content.stats()).toMatchObject({ waiting: 2, dropped: { queue_full: 2 } })
      await content.flush()
      expect(content.stats()).toMatchObject({ waiting: 0, stored: 2 })
      await content.close()
      content.take(said())
      expect(content.stats().dropped).toEqual({ queue_full: 2, closed: 1 })
    })

    it('waits while the store is away, then stores', async () => {
      await using store = await create()
      const away = await store.open()
      await sql`alter table content rename to content_away`.execute(away.db)
      const content = await Content.open({
        db: away,
        ledger: log,
        clock,
        ids: seededIds(clock, 3),
        log: silentLog,
        dataDir,
        config: KEEP,
      }).catch((e: unknown) => e)
      expect(content).toBeInstanceOf(Error)
      await sql`alter table content_away rename to content`.execute(away.db)
      await using opened = await Content.open({
        db: away,
        ledger: log,
        clock,
        ids: seededIds(clock, 3),
        log: silentLog,
        dataDir,
        config: KEEP,
      })
      await sql`alter table content rename to content_away`.execute(away.db)
      opened.take(said())
      await expect(opened.flush()).rejects.toThrow()
      expect(opened.stats().waiting).toBe(1)
      await sql`alter table content_away rename to content`.execute(away.db)
      await opened.flush()
      expect(opened.stats()).toMatchObject({ waiting: 0, stored: 1 })
      await opened.close()
      await away.close()
    })
  })

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
