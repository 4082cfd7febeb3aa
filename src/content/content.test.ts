import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ANALYST, DAY_MS, KEEP, MemoryLog, PLANTED, REVIEW, said } from '../../test/support/content-world.ts'
import { storeKinds, type TestStore } from '../../test/support/stores.ts'
import { ManualClock } from '../base/clock.ts'
import { seededIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import { Content, KeptExchange, type SaidExchange } from './index.ts'

let seed = 1

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
        keysDir: join(dataDir, 'keys'),
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
        keysDir: join(dataDir, 'keys'),
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
})
