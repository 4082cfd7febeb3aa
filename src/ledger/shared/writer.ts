import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import { ConnectionLost, type PgSession, sqlState } from '../../db/index.ts'
import type { LedgerEvent } from '../schema.ts'
import { RecordBatch } from './record-batch.ts'
import * as store from './store.ts'

const RETRY_MS = 100
const PROBE_MS = 500
const ATTEMPT_MS = 2_000
/** Records in one statement. */
const MAX_ROWS = 4_096
const MAX_BYTES = 8 * 1024 * 1024
/** Worth trying again at once: deadlock, serialisation. */
const PASSING: ReadonlySet<string> = new Set(['40P01', '40001'])
const AWAY = 'the database can’t be reached'

export interface WriterOptions {
  readonly session: PgSession
  readonly clock: Clock
  readonly ids: Ids
  /** From the first attempt until who waits is told that it failed. */
  readonly appendTimeoutMs: number
  readonly maxQueued: number
  readonly maxQueuedBytes: number
  /** Called once for each batch that is recorded. */
  readonly onRecorded: (batch: RecordBatch) => void
  readonly onSealed: (reason: string, cause: unknown) => void
  readonly onReopened: () => void
}

/**
 * Records events in the database: one statement at a time, and whatever arrives during it goes with the next. It seals itself when the
 * database stays away, so that nobody waits long for nothing, and opens again when a write works.
 */
export class Writer {
  readonly #options: WriterOptions
  #batches: RecordBatch[] = []
  #queued = 0
  #queuedBytes = 0
  #flushing: Promise<void> | null = null
  #scheduled = false
  #sealed: string | null = null
  #closed = false
  #probe: NodeJS.Timeout | null = null
  #duplicates = 0
  #spare: Buffer | undefined

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** Why nothing can be recorded; null when it can. */
  get sealed(): string | null {
    return this.#sealed
  }

  get queued(): number {
    return this.#queued
  }

  /** Events that were there already under their id. */
  get duplicates(): number {
    return this.#duplicates
  }

  /**
   * Resolves once the event is durable; one that was recorded before under the same id is.
   *
   * @param body Its canonical JSON.
   * @throws {AppError} LEDGER_UNAVAILABLE, INTERNAL (over 32 KiB; another body under the same id)
   */
  append(event: LedgerEvent, body: string): Promise<void> {
    try {
      this.#checkOpen()
      const batch = this.#gathering(event.id)
      const bytes = batch.add(event, body, this.#options.ids)
      this.#queued++
      this.#queuedBytes += bytes
      this.#schedule()
      return batch.wait()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Sends what waits. Later appends are rejected. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#probe !== null) clearTimeout(this.#probe)
    if (this.#sealed === null) this.#startFlush()
    await this.#flushing
  }

  #checkOpen(): void {
    if (this.#sealed !== null) throw new AppError('LEDGER_UNAVAILABLE', `the ledger is sealed: ${this.#sealed}`)
    if (this.#closed) throw new AppError('LEDGER_UNAVAILABLE', 'the ledger is closed')
    const { maxQueued, maxQueuedBytes } = this.#options
    if (this.#queued >= maxQueued || this.#queuedBytes >= maxQueuedBytes)
      throw new AppError('LEDGER_UNAVAILABLE', 'the ledger’s queue is full: the database does not keep up')
  }

  /** The last batch, unless it is full, or under way, or holds this id already: one statement can't take an id twice. */
  #gathering(eventId: string): RecordBatch {
    const last = this.#batches.at(-1)
    if (last !== undefined && !last.sent && last.count < MAX_ROWS && last.bytes < MAX_BYTES && !last.has(eventId))
      return last
    const next = new RecordBatch(this.#spare)
    this.#spare = undefined
    this.#batches.push(next)
    return next
  }

  /** Waits for the end of this turn of the event loop, so that all its appends share a statement; no timer. */
  #schedule(): void {
    if (this.#flushing !== null || this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#startFlush()
    })
  }

  #startFlush(): void {
    if (this.#flushing !== null) return
    this.#flushing = this.#flush().finally(() => {
      this.#flushing = null
    })
  }

  async #flush(): Promise<void> {
    for (let batch = this.#batches[0]; batch !== undefined && this.#sealed === null; batch = this.#batches[0]) {
      batch.sent = true
      let attempts: number
      try {
        attempts = await this.#send(batch)
      } catch (error) {
        this.#seal(failureOf(error), error)
        return
      }
      this.#batches.shift()
      this.#queued -= batch.count
      this.#queuedBytes -= batch.bytes
      this.#options.onRecorded(batch)
      batch.settle()
      // A connection that was given up may still hold what it was to send.
      if (attempts === 1) this.#spare = batch.takeBuffer()
    }
  }

  /** Until the database has answered, or the time is up: the unique id makes sending twice harmless. @returns attempts */
  async #send(batch: RecordBatch): Promise<number> {
    const { session, clock, appendTimeoutMs } = this.#options
    const deadline = clock.monotonic() + appendTimeoutMs
    const sent = batch.contents()
    for (let attempt = 1; ; attempt++) {
      const leftMs = deadline - clock.monotonic()
      try {
        const stored = await store.insertRecords(session, sent, Math.max(1, Math.min(ATTEMPT_MS, leftMs)))
        if (stored < batch.count) await this.#recognise(batch, attempt === 1 ? batch.count - stored : 0)
        return attempt
      } catch (error) {
        const passing = error instanceof ConnectionLost || PASSING.has(sqlState(error) ?? '')
        if (!passing || clock.monotonic() + RETRY_MS >= deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  /** What was recorded before counts as recorded only when it is the same. */
  async #recognise(batch: RecordBatch, duplicates: number): Promise<void> {
    this.#duplicates += duplicates
    const bodies = await store.bodiesOf(this.#options.session, batch.contents().eventIds, ATTEMPT_MS)
    batch.refuseOthers(bodies)
  }

  #seal(reason: string, cause: unknown): void {
    this.#sealed = reason
    for (const batch of this.#batches.splice(0)) {
      batch.fail(new AppError('LEDGER_UNAVAILABLE', `the ledger is sealed: ${reason}`, { cause }))
    }
    this.#queued = 0
    this.#queuedBytes = 0
    this.#options.onSealed(reason, cause)
    this.#probeLater()
  }

  #probeLater(): void {
    if (this.#closed) return
    this.#probe = setTimeout(() => void this.#reopen(), PROBE_MS).unref()
  }

  async #reopen(): Promise<void> {
    try {
      await store.probe(this.#options.session, ATTEMPT_MS)
    } catch {
      this.#probeLater()
      return
    }
    this.#sealed = null
    this.#options.onReopened()
  }
}

/** Public: names the kind of failure, not the server. */
export function failureOf(error: unknown): string {
  if (error instanceof ConnectionLost) return AWAY
  const code = sqlState(error)
  if (code === '53100') return 'the database’s disk is full'
  if (code === '25006') return 'the database takes no writes'
  return code === null ? 'writing to the database failed' : `the database refused to record (${code})`
}
