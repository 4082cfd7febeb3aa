import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../../../test/support/postgres.ts'
import { storeKinds } from '../../../test/support/stores.ts'
import { base32Time } from '../../base/ids.ts'
import { PglitePool } from '../pglite-pool.ts'
import { migrations } from './index.ts'

const DAY_MS = 86_400_000
const START_MS = Date.UTC(2026, 0, 10, 15)
const idOf = (ms: number, n = 0) => `dec_${base32Time(ms)}${String(n).padStart(16, '0')}`

describe.each(storeKinds('migration of decisions'))(
  'an installation that has decisions, on $kind',
  ({ create, kind }) => {
    let store: AsyncDisposable
    let db: Kysely<unknown>
    beforeEach(async () => {
      const pool = kind === 'postgres' ? await emptyServer() : await emptyFolder()
      db = new Kysely({ dialect: new PostgresDialect({ pool }) })
    }, 60_000)
    const emptyServer = async (): Promise<PostgresPool> => {
      const database = await createTestDatabase()
      store = database
      return new pg.Pool({ connectionString: database.url, max: 2 })
    }
    const emptyFolder = async (): Promise<PostgresPool> => {
      const made = await create()
      store = made
      return await PglitePool.open(`${made.dataDir}/fresh`)
    }
    afterEach(async () => {
      await db.destroy()
      await store[Symbol.asyncDispose]()
    })

    const migrator = () => new Migrator({ db, provider: { getMigrations: async () => migrations } })
    const to = async (name: string | null) => {
      const { error } = name === null ? await migrator().migrateToLatest() : await migrator().migrateTo(name)
      if (error !== undefined) throw error
    }
    /** As the version before wrote them: no constraint is named. */
    const insert = (id: string, position: number) =>
      sql`insert into decision (id, source, position, at, outcome, enforced, route, test_string, detail)
      values (${id}, (select min(id) from decision_source), ${position}, now(), 'allow', true, 'generate', false, '{}')
      on conflict do nothing`.execute(db)
    const ids = async () =>
      (await sql<{ id: string }>`select id from decision order by id`.execute(db)).rows.map(({ id }) => id)
    const tableOf = async (id: string) =>
      (await sql<{ name: string }>`select tableoid::regclass::text as name from decision where id = ${id}`.execute(db))
        .rows[0]?.name

    it('keeps them all, without copying, and the version before goes on reading and writing', async () => {
      await to('0012-review-readers')
      await sql`insert into decision_source (origin, next) values ('a.example/log', 0)`.execute(db)
      const before = [idOf(START_MS - 200 * DAY_MS, 1), idOf(START_MS - DAY_MS, 2), idOf(START_MS, 3)]
      for (const [i, id] of before.entries()) await insert(id, i)
      const { rows: files } = await sql<{ file: number }>`select pg_relation_filenode('decision') as file`.execute(db)

      await to(null)

      const { rows: moved } = await sql<{
        file: number
      }>`select pg_relation_filenode('decision_before') as file`.execute(db)
      expect(moved).toEqual(files)
      expect(await ids()).toEqual(before)
      // The rest of that day goes to the same table, the next one to a table that is made when it comes.
      await insert(idOf(START_MS + 3_600_000, 4), 4)
      await insert(idOf(START_MS + DAY_MS, 5), 5)
      await insert(idOf(START_MS, 3), 9)
      expect(await ids()).toHaveLength(5)
      expect(await tableOf(idOf(START_MS + 3_600_000, 4))).toBe('decision_before')
      expect(await tableOf(idOf(START_MS + DAY_MS, 5))).toBe('decision_rest')
      const { rows: plan } = await sql<Record<string, string>>`explain select id from decision
      where outcome = 'allow' and id < ${idOf(START_MS)} order by id desc limit 5`.execute(db)
      expect(plan.map((line) => Object.values(line)[0]).join('\n')).not.toContain('decision_rest')
    }, 60_000)

    it('begins with no table of old ones where there are none', async () => {
      await to(null)
      const { rows } = await sql<{
        found: boolean
      }>`select to_regclass('decision_before') is not null as found`.execute(db)
      expect(rows).toEqual([{ found: false }])
    }, 60_000)

    it('moves those whose ids follow no time', async () => {
      await to('0012-review-readers')
      await sql`insert into decision_source (origin, next) values ('a.example/log', 0)`.execute(db)
      await insert('dec_oooo', 0)
      await insert('zzz', 1)
      await to(null)
      expect(await ids()).toEqual(['dec_oooo', 'zzz'])
      expect(await tableOf('zzz')).toBe('decision_rest')
    }, 60_000)
  },
)
