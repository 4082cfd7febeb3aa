import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { isRequired } from './required.ts'

/** A database of its own on the server that TEST_DATABASE_URL names. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string
}

const SERVER = process.env.TEST_DATABASE_URL

/**
 * Whether tests can use PostgreSQL. Without TEST_DATABASE_URL they are skipped with a line that says so, and fail where
 * SAFELEVEL_TEST_REQUIRE names `postgres`.
 */
export function postgresAvailable(suite: string): boolean {
  if (SERVER) return true
  if (isRequired('postgres'))
    throw new Error(`${suite}: SAFELEVEL_TEST_REQUIRE names postgres, but TEST_DATABASE_URL is not set`)
  process.stderr.write(`SKIPPED on PostgreSQL: ${suite} (set TEST_DATABASE_URL to run it)\n`)
  return false
}

/** Makes an empty database; disposing drops it, whatever is still connected. */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (!SERVER) throw new Error('TEST_DATABASE_URL is not set')
  const name = `safelevel_test_${randomBytes(6).toString('hex')}`
  await onServer(SERVER, `create database ${name}`)
  const url = new URL(SERVER)
  url.pathname = `/${name}`
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => onServer(SERVER, `drop database ${name} with (force)`),
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
