import { Worker } from 'node:worker_threads'
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { ownProgram } from '../base/shipped.ts'
import type { Answer, Ask, QueryResult, StoreErrorFields, WorkerInput } from './pglite-protocol.ts'

/** An error of the embedded store, with the fields that `pg` puts on its own. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: string | undefined
  readonly constraint: string | undefined
  readonly table: string | undefined
  constructor(fields: StoreErrorFields) {
    super(fields.message)
    this.code = fields.code
    this.constraint = fields.constraint
    this.table = fields.table
  }
}

/**
 * The embedded store as a `pg` pool, for Kysely's own PostgresDialect. PGlite has one connection: it is lent to one borrower at a time,
 * so that a query outside a transaction can't fall into it. (Kysely's PGliteDialect lends it to all at once: a query beside an open
 * transaction then runs inside of it, and two transactions at once mix.)
 */
export class PglitePool implements PostgresPool {
  readonly options = {}
  readonly #worker: Worker
  readonly #exited: Promise<void>
  readonly #waiting = new Map<number, { resolve(result: QueryResult): void; reject(error: Error): void }>()
  #nextId = 0
  #free: Promise<void> = Promise.resolve()
  #down: Error | null = null

  /** @param folder absolute path, made when absent; null = in memory. */
  static async open(folder: string | null): Promise<PglitePool> {
    const input: WorkerInput = { folder }
    const file = ownProgram('db/pglite-worker')
    const worker = new Worker(file, { workerData: input, name: 'safelevel-store' })
    const pool = new PglitePool(worker)
    await pool.#ready
    return pool
  }

  readonly #ready: Promise<void>
  private constructor(worker: Worker) {
    this.#worker = worker
    const ready = Promise.withResolvers<void>()
    const exited = Promise.withResolvers<void>()
    this.#ready = ready.promise
    this.#exited = exited.promise
    const fail = (error: Error): void => {
      this.#down ??= error
      ready.reject(error)
      for (const { reject } of this.#waiting.values()) reject(error)
      this.#waiting.clear()
    }
    worker.on('message', (answer: Answer) => {
      if (answer.type === 'ready') ready.resolve()
      else if (answer.type === 'result') this.#settle(answer.id)?.resolve(answer.result)
      else if (answer.id === null) fail(new StoreError(answer.error))
      else this.#settle(answer.id)?.reject(new StoreError(answer.error))
    })
    worker.on('error', (thrown) => fail(thrown instanceof Error ? thrown : new Error('the store thread failed')))
    worker.on('exit', () => {
      fail(new StoreError({ message: 'the embedded store is closed' }))
      exited.resolve()
    })
  }

  #settle(id: number) {
    const waiter = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiter
  }

  #query(sql: string, parameters: readonly unknown[]): Promise<QueryResult> {
    if (this.#down) return Promise.reject(this.#down)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      try {
        this.#worker.postMessage({ id, type: 'query', sql, parameters } satisfies Ask)
      } catch (error) {
        // A parameter that can't be cloned, such as a function.
        this.#waiting.delete(id)
        reject(error)
      }
    })
  }

  async connect(): Promise<PostgresPoolClient> {
    const turn = this.#free
    const { promise, resolve: release } = Promise.withResolvers<void>()
    this.#free = promise
    await turn
    /** A statement has failed since BEGIN: PostgreSQL answers COMMIT with ROLLBACK, whose tag PGlite doesn't pass on. */
    let aborted = false
    const query = async (sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<unknown>> => {
      const command = commandOf(sql)
      try {
        const { rows, rowCount, byteaColumns } = await this.#query(sql, parameters)
        for (const column of byteaColumns) for (const row of rows) row[column] = toBuffer(row[column])
        const tag = command === 'COMMIT' && aborted ? 'ROLLBACK' : command
        if (command === 'BEGIN' || command === 'COMMIT' || command === 'ROLLBACK') aborted = false
        return { command: tag as PostgresQueryResult<unknown>['command'], rowCount, rows }
      } catch (error) {
        aborted = true
        throw error
      }
    }
    return { release: () => release(), query: query as PostgresPoolClient['query'] }
  }

  /** Waits for the borrower, then closes the files and ends the thread. */
  async end(): Promise<void> {
    await this.#free
    if (!this.#down) this.#worker.postMessage({ type: 'close' } satisfies Ask)
    await this.#exited
  }
}

function commandOf(sql: string): string {
  return /^\s*([a-z]+)/i.exec(sql)?.[1]?.toUpperCase() ?? ''
}

function toBuffer(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
