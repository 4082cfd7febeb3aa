import { Socket } from 'node:net'
import pg from 'pg'
import type { Log } from '../base/log.ts'

const INT8_OID = 20
/** As an answer these say that this server, or this connection, is of no use now: shutting down, starting up, full, or a standby. */
const USELESS: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '53300', '25006', '08000', '08003', '08006'])

export interface SessionOptions {
  readonly url: string
  readonly log: Log
  /** What `pg_stat_activity` calls it. */
  readonly name: string
  /** Run on each new connection before anything else. */
  readonly setup?: readonly string[]
  /** Told of each notification on the channels that `setup` listens to, and of each new connection: some may have been missed. */
  readonly onNotice?: () => void
  /** While it waits for the next statement it keeps no process alive: for commands, which end when nothing is left to do. */
  readonly idleUnref?: boolean
}

/** The connection failed before the answer came: whether the statement took effect is not known. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

/**
 * One connection of its own, made when it is needed and made anew after it failed. Statements run one after the other, each within a time
 * limit: unlike a pool's, they neither wait for other rooms nor hang on a network that swallows everything.
 */
export class PgSession implements AsyncDisposable {
  readonly #options: SessionOptions
  #client: pg.Client | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /**
   * Runs one statement.
   *
   * @param timeoutMs for connecting and for the answer, each
   * @returns its rows; int8 as numbers, bytea as buffers, columns by their names in the database
   * @throws {ConnectionLost}, or what the server says (`pg.DatabaseError`)
   */
  query<Row>(text: string, values: readonly unknown[], timeoutMs: number): Promise<Row[]> {
    const done = this.#turn.then(() => this.#query(text, values, timeoutMs))
    this.#turn = done.catch(() => {})
    return done as Promise<Row[]>
  }

  /** Waits for the statement that runs. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#turn
    const client = this.#client
    this.#client = null
    if (client === null) return
    // The goodbye may never be read: nobody waits for more than a moment.
    const timer = setTimeout(() => drop(client), 1_000)
    await client.end().catch(() => {})
    clearTimeout(timer)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #query(text: string, values: readonly unknown[], timeoutMs: number): Promise<unknown[]> {
    const client = this.#client ?? (await this.#connect(timeoutMs))
    try {
      this.#keepAlive(client, true)
      const { rows } = await within(client, timeoutMs, client.query(text, [...values]))
      this.#keepAlive(client, false)
      return rows
    } catch (error) {
      if (!isLost(error)) throw error
      this.#forget(client)
      throw error instanceof ConnectionLost ? error : new ConnectionLost('the connection broke', { cause: error })
    }
  }

  async #connect(timeoutMs: number): Promise<pg.Client> {
    const { url, name, setup = [], onNotice } = this.#options
    if (this.#closed) throw new ConnectionLost('the session is closed')
    const types = new pg.TypeOverrides()
    types.setTypeParser(INT8_OID, Number)
    const client = new pg.Client({
      connectionString: url,
      types,
      application_name: name,
      connectionTimeoutMillis: timeoutMs,
      keepAlive: true,
    })
    // Without a listener, a connection that breaks between two statements would end the process.
    client.on('error', (error) => {
      this.#options.log.debug({ err: error, session: name }, 'database connection lost')
      this.#forget(client)
    })
    client.on('end', () => this.#forget(client))
    if (onNotice !== undefined) client.on('notification', onNotice)
    try {
      await within(client, timeoutMs, client.connect())
      for (const statement of setup) await within(client, timeoutMs, client.query(statement))
    } catch (error) {
      drop(client)
      if (!isLost(error)) throw error
      throw error instanceof ConnectionLost ? error : new ConnectionLost('no connection', { cause: error })
    }
    this.#client = client
    onNotice?.()
    return client
  }

  #keepAlive(client: pg.Client, busy: boolean): void {
    const { stream } = client.connection
    if (this.#options.idleUnref !== true || !(stream instanceof Socket)) return
    if (busy) stream.ref()
    else stream.unref()
  }

  #forget(client: pg.Client): void {
    if (this.#client === client) this.#client = null
    drop(client)
  }
}

/** Cuts the line: asking for an orderly end could wait for ever. */
function drop(client: pg.Client): void {
  client.connection.stream.destroy()
}

async function within<T>(client: pg.Client, timeoutMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new ConnectionLost(`no answer within ${timeoutMs} ms`))
    drop(client)
  }, timeoutMs)
  work.catch(() => {})
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function isLost(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true
  return error.severity === 'FATAL' || error.severity === 'PANIC' || USELESS.has(error.code ?? '')
}

/** The SQLSTATE of a server's answer; null for anything else. */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null
}
