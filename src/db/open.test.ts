import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, postgresAvailable } from '../../test/support/postgres.ts'
import { freshDataDir, storeKinds, type TestStore } from '../../test/support/stores.ts'
import { silentLog } from '../base/log.ts'
import { type DbHandle, openDb } from './index.ts'

const temporary: string[] = []
afterAll(() => {
  for (const dir of temporary) rmSync(dir, { recursive: true, force: true })
})

describe.each(storeKinds('db/open'))('the store on $kind', ({ create }) => {
  let shared: TestStore
  let handle: DbHandle
  beforeAll(async () => {
    shared = await create()
    handle = await shared.open()
  })
  afterAll(async () => {
    await handle.close()
    await shared[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await handle.db.updateTable('accountHead').set({ version: 0 }).execute()
  })

  it('reads the same types on both stores', async () => {
    const { rows } = await sql<Record<string, unknown>>`
      select 9007199254740991::int8 as big, count(*) as n, '\\x00ff'::bytea as bytes,
             '2026-01-02T03:04:05.678Z'::timestamptz as at, true as yes, '{"aB":[1]}'::jsonb as doc
      from account_head`.execute(handle.db)
    expect(rows).toEqual([
      {
        big: Number.MAX_SAFE_INTEGER,
        n: 1,
        bytes: Buffer.of(0, 255),
        at: new Date('2026-01-02T03:04:05.678Z'),
        yes: true,
        doc: { aB: [1] },
      },
    ])
    expect(Buffer.isBuffer(rows[0]?.bytes)).toBe(true)
  })

  it('takes bytes, dates and nulls as parameters', async () => {
    const at = new Date(1_767_225_600_123)
    const { rows } = await sql<{ b: Buffer; at: Date; none: null }>`
      select ${Buffer.of(1, 2)}::bytea as b, ${at}::timestamptz as at, ${null}::text as none`.execute(handle.db)
    expect(rows).toEqual([{ b: Buffer.of(1, 2), at, none: null }])
  })

  it('keeps a query outside of a transaction out of it', async () => {
    const { db } = handle
    let outside: Promise<unknown> = Promise.resolve()
    const rolledBack = db.transaction().execute(async (tx) => {
      await tx.updateTable('accountHead').set({ version: 7 }).execute()
      outside = sql`create table beside (a int)`.execute(db)
      await new Promise((resolve) => setTimeout(resolve, 20))
      throw new Error('no')
    })
    await expect(rolledBack).rejects.toThrow('no')
    await outside
    expect(await db.selectFrom('accountHead').select('version').execute()).toEqual([{ version: 0 }])
    expect((await sql`select * from beside`.execute(db)).rows).toEqual([])
  })

  it('runs transactions that begin at once one after the other', async () => {
    const add = () =>
      handle.db.transaction().execute(async (tx) => {
        const { version } = await tx.selectFrom('accountHead').select('version').forUpdate().executeTakeFirstOrThrow()
        await tx
          .updateTable('accountHead')
          .set({ version: version + 1 })
          .execute()
      })
    await Promise.all(Array.from({ length: 25 }, add))
    expect(await handle.db.selectFrom('accountHead').select('version').execute()).toEqual([{ version: 25 }])
  })

  it('does not report a commit that the store turned into a rollback', async () => {
    const swallowed = handle.db.transaction().execute(async (tx) => {
      await tx.updateTable('accountHead').set({ version: 9 }).execute()
      await sql`select 1 / 0`.execute(tx).catch(() => {})
    })
    await expect(swallowed).rejects.toThrow()
    expect(await handle.db.selectFrom('accountHead').select('version').execute()).toEqual([{ version: 0 }])
  })

  it('names the broken constraint', async () => {
    const row = { id: 'org_1', name: 'x', createdAt: new Date(0), version: 1 }
    await handle.db.insertInto('organisation').values(row).execute()
    const again = handle.db.insertInto('organisation').values(row).execute()
    await expect(again).rejects.toMatchObject({ code: '23505', constraint: 'organisation_pkey' })
  })

  it('finds what it stored after closing, and closes twice without harm', async () => {
    await using store = await create()
    const first = await store.open()
    await first.db.updateTable('accountHead').set({ version: 3 }).execute()
    await first.close()
    await first.close()
    await expect(first.db.selectFrom('accountHead').selectAll().execute()).rejects.toThrow()
    await using second = await store.open()
    expect(await second.db.selectFrom('accountHead').select('version').execute()).toEqual([{ version: 3 }])
  })
})

describe('the embedded store', () => {
  it('leaves the calling thread free while a query runs', async () => {
    const dataDir = await freshDataDir()
    temporary.push(dataDir)
    await using handle = await openDb({ url: null, dataDir, log: silentLog })
    let longestGapMs = 0
    let last = performance.now()
    const ticker = setInterval(() => {
      longestGapMs = Math.max(longestGapMs, performance.now() - last)
      last = performance.now()
    }, 5)
    const started = performance.now()
    await sql`select count(*) from generate_series(1, 2000000) as g where g % 7 = 3`.execute(handle.db)
    const tookMs = performance.now() - started
    clearInterval(ticker)
    expect(longestGapMs).toBeLessThan(tookMs / 2)
  })

  it('begins anew over a store whose first start was cut off', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'safelevel-test-'))
    temporary.push(dataDir)
    mkdirSync(join(dataDir, 'db.new'))
    writeFileSync(join(dataDir, 'db.new', 'PG_VERSION'), '18\n')
    await using handle = await openDb({ url: null, dataDir, log: silentLog })
    expect(await handle.db.selectFrom('accountHead').selectAll().execute()).toEqual([{ version: 0 }])
    expect(existsSync(join(dataDir, 'db.new'))).toBe(false)
  })

  it('rejects with the reason when its folder is no store', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'safelevel-test-'))
    temporary.push(dataDir)
    writeFileSync(join(dataDir, 'db'), 'a file')
    const opening = openDb({ url: null, dataDir, log: silentLog })
    await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(dataDir) })
  })

  it('keeps every acknowledged write through kill -9', async () => {
    const dataDir = await freshDataDir()
    temporary.push(dataDir)
    let stored = 0
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, '../../test/support/crash-writer.ts'), dataDir])
      child.stdout.setEncoding('utf8')
      let out = ''
      child.stdout.on('data', (text: string) => {
        out += text
        if (out.split('\n').length > 10 + round * 23) child.kill('SIGKILL')
      })
      let errors = ''
      child.stderr.on('data', (text: Buffer) => {
        errors += text.toString()
      })
      await once(child, 'close')
      expect(errors).toBe('')
      const acknowledged = Number(out.split('\n').at(-2))
      await using handle = await openDb({ url: null, dataDir, log: silentLog })
      const { version } = await handle.db.selectFrom('accountHead').select('version').executeTakeFirstOrThrow()
      expect(version).toBeGreaterThanOrEqual(acknowledged)
      expect(acknowledged).toBeGreaterThan(stored)
      stored = version
    }
  })
})

describe.skipIf(!postgresAvailable('db/open: several processes'))('PostgreSQL', () => {
  it('is migrated once by processes that start together', async () => {
    for (let round = 0; round < 5; round++) {
      await using database = await createTestDatabase()
      const open = () => openDb({ url: database.url, dataDir: '', log: silentLog })
      const handles = await Promise.all(Array.from({ length: 6 }, open))
      const rows = await handles[0]?.db.selectFrom('accountHead').selectAll().execute()
      expect(rows).toEqual([{ version: 0 }])
      for (const handle of handles) await handle.close()
    }
  })

  it.each([
    ['the server is not there', (url: URL) => Object.assign(url, { port: '1' })],
    ['there is no such database', (url: URL) => Object.assign(url, { pathname: '/none' })],
  ])('says so when %s, without the password', async (_, change) => {
    const url = change(new URL(process.env.TEST_DATABASE_URL ?? ''))
    url.password = 'hunter2'
    const error: unknown = await openDb({ url: url.href, dataDir: '', log: silentLog }).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('DATABASE_URL') })
    expect(String(error)).not.toContain('hunter2')
  })
})
