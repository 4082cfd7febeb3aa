import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { checkSchema, markMigrations, type SchemaState } from './compatibility.ts'
import { BREAKING, migrations } from './migrations/index.ts'
import { PglitePool } from './pglite-pool.ts'
import type { Database, Db } from './schema.ts'

const INT8_OID = 20
/** Names of all that this version knows, in their order. */
export const MIGRATIONS: readonly string[] = Object.keys(migrations)

export interface OpenDbOptions {
  /** `postgres://…`, or null for the embedded store. */
  readonly url: string | null
  /** The embedded store lives in `<dataDir>/db`. */
  readonly dataDir: string
  readonly log: Log
}

interface Upgrade {
  /** Name of the last migration to bring the tables up to, for data of an earlier version; all when absent. */
  readonly upTo?: string | undefined
}

export interface DbHandle extends AsyncDisposable {
  readonly db: Db
  /** `postgres` may be shared with other processes, `embedded` never is. */
  readonly kind: 'embedded' | 'postgres'
  /** Waits for running queries, then closes; may be called twice. */
  close(): Promise<void>
}

/**
 * Opens the store and brings its tables up to date; safe when several processes do so at once on PostgreSQL. For the embedded store
 * the caller holds the data lock first (`acquireDataLock`): a second process on one folder loses rows without a word.
 *
 * @throws {AppError} CONFIG_INVALID when the store can't be reached or opened; a migration that fails leaves nothing half-done.
 */
export async function openDb({ url, dataDir, log, upTo }: OpenDbOptions & Upgrade): Promise<DbHandle> {
  const { db, close: abandon } = await openPool({ url, dataDir, log })
  try {
    await migrate(db, log, upTo)
  } catch (error) {
    await abandon()
    throw error
  }
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => {
    closing ??= db.destroy()
    return closing
  }
  return { db, kind: url === null ? 'embedded' : 'postgres', close, [Symbol.asyncDispose]: close }
}

/** The store as it stands: tables are neither made nor brought up to date. @throws {AppError} as `openDb` */
export async function openPool({ url, dataDir, log }: OpenDbOptions): Promise<{ db: Db; close(): Promise<void> }> {
  const pool = url === null ? await embeddedPool(dataDir) : postgresPool(url, log)
  const db: Db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })], // the default would rename keys inside JSON
  })
  return {
    db,
    async close() {
      await db.destroy()
      await pool.end().catch(() => {}) // Kysely ends it only if it was used
    },
  }
}

async function embeddedPool(dataDir: string): Promise<PglitePool> {
  const folder = resolve(join(dataDir, 'db'))
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    return await PglitePool.open(folder)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `the embedded store in ${folder} can't be opened: is it writable and whole?`, {
      cause,
    })
  }
}

function postgresPool(url: string, log: Log): PostgresPool {
  const types = new pg.TypeOverrides()
  types.setTypeParser(INT8_OID, Number)
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: 10,
    connectionTimeoutMillis: 10_000,
    application_name: 'safelevel',
    lock_timeout: 30_000,
  })
  // A connection that breaks is replaced at the next query. Without a listener on the pool (for idle ones) and on each client (for lent
  // ones that are between two queries) the break would end the process.
  const lost = (error: Error): void => {
    log.warn({ code: 'code' in error ? error.code : undefined }, 'database connection lost')
  }
  pool.on('error', lost)
  pool.on('connect', (client) => {
    client.on('error', lost)
  })
  return pool
}

async function migrate(db: Db, log: Log, upTo: string | undefined): Promise<void> {
  if ((await schemaState(db)) === 'newer, usable') {
    log.warn('a newer version has upgraded the database; this one goes on with it')
    return
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error, results } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo))
  if (error === undefined) return await markMigrations(db, Object.keys(migrations), BREAKING)
  const failed = results?.find((r) => r.status === 'Error')?.migrationName
  if (failed !== undefined) throw new Error(`database migration ${failed} failed`, { cause: error })
  throw unreachable(error)
}

async function schemaState(db: Db): Promise<SchemaState> {
  try {
    return await checkSchema(db, new Set(Object.keys(migrations)))
  } catch (error) {
    if (error instanceof AppError) throw error
    throw unreachable(error)
  }
}

function unreachable(error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
  return new AppError('CONFIG_INVALID', `the database can't be reached or used${code}: check DATABASE_URL`, {
    cause: error,
  })
}
