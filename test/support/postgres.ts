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

/**
 * Makes a database; disposing drops it, whatever is still connected.
 *
 * @param template the name of one that it begins as; an empty one where it isn't given
 */
export async function createTestDatabase(template?: string): Promise<TestDatabase> {
  const name = `safelevel_test_${randomBytes(6).toString('hex')}`
  const from = template === undefined ? '' : ` template ${template}`
  await onServer((client) => client.query(`create database ${name}${from}`))
  return { url: urlOf(name), [Symbol.asyncDispose]: () => drop(name) }
}

/**
 * Makes a database for others to begin as, once on this server, whichever process comes first.
 *
 * @param fill opens it by its URL, and has closed it when it resolves
 */
export async function ensureTemplate(name: string, fill: (url: string) => Promise<void>): Promise<void> {
  await onServer(async (client) => {
    const isThere = async () =>
      (await client.query('select from pg_database where datname = $1', [name])).rowCount === 1
    if (await isThere()) return
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    if (await isThere()) return
    const draft = `${name}_draft`
    await client.query(`drop database if exists ${draft} with (force)`)
    await client.query(`create database ${draft}`)
    await fill(urlOf(draft))
    // A connection that was closed can be there for a moment yet.
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [draft])
    await client.query(`alter database ${draft} rename to ${name}`)
  })
}

const drop = (name: string) => onServer((client) => client.query(`drop database ${name} with (force)`))

function urlOf(database: string): string {
  const url = new URL(server())
  url.pathname = `/${database}`
  return url.href
}

function server(): string {
  if (!SERVER) throw new Error('TEST_DATABASE_URL is not set')
  return SERVER
}

async function onServer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server() })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
