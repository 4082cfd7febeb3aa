import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { ConnectionLost, PgSession } from '../../db/index.ts'
import { eventBody } from '../event-body.ts'
import type { AppendListener, Ledger, LedgerHealth } from '../ledger.ts'
import { LedgerReader, MAX_PAGE } from '../ledger-reader.ts'
import { Recent, type Recorded } from '../recent.ts'
import type { LedgerEntry, LedgerEvent } from '../schema.ts'
import type { Signer } from '../signer.ts'
import type { TileHooks, TileStore } from '../tiles/tile-store.ts'
import { type Disclosure, type LogSource, type NoteVerifier, parseVkey, vkeyHandedOver } from '../tlog/index.ts'
import { Feed } from './feed.ts'
import { HeadWatch } from './head-watch.ts'
import { whereTaken } from './record-batch.ts'
import { Sequencer } from './sequencer.ts'
import { SqlRecords } from './sql-records.ts'
import * as store from './store.ts'
import { Writer } from './writer.ts'

/** Overrides a server whose default is to lose what it has confirmed. */
const DURABLE = `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`
const FIRST_CHECKPOINT_MS = 30_000
/** After so long without news the database counts as away, and without a sequencer the ledger as degraded. */
const STALE_MS = 5_000
const UNHELD_MS = 5_000
const ROTATED =
  'the log’s key was rotated: copy ledger.key from the folder of keys of the replica where that was done into this one’s'
const AWAY = 'the database can’t be reached: check DATABASE_URL'

export interface SharedLedgerOptions {
  /** `postgres://…` */
  readonly url: string
  readonly openTiles: (hooks?: TileHooks) => Promise<TileStore>
  readonly signer: Signer
  /** Reads the signing key again: after a rotation the new one may be in its place. */
  readonly reloadSigner?: () => Promise<Signer>
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Longest time from having its place to proven, apart from the writing itself; at most 1000. */
  readonly checkpointIntervalMs: number
  /** Until who appends is told that the database is away. */
  readonly appendTimeoutMs?: number
  readonly leaseMs?: number
  /** Appends that may wait for the database, and their bytes. */
  readonly maxQueued?: number
  readonly maxQueuedBytes?: number
  /** Entries that may be recorded but not proven before appends are refused. */
  readonly maxUnpublished?: number
}

interface Parts {
  readonly options: SharedLedgerOptions
  readonly head: store.SeenHead
  readonly tiles: TileStore
  readonly sessions: readonly PgSession[]
  readonly reader: PgSession
  readonly writing: PgSession
  readonly sequencing: PgSession
}

/** A ledger that several replicas write, in one PostgreSQL: docs/adr/0018-shared-ledger.md. */
export class SharedLedger implements Ledger {
  readonly tiles: LogSource
  readonly #options: SharedLedgerOptions
  readonly #parts: Parts
  readonly #writer: Writer
  readonly #sequencer: Sequencer
  readonly #watch: HeadWatch
  readonly #records: SqlRecords
  readonly #reader: LedgerReader
  readonly #recent = new Recent()
  readonly #feed: Feed
  readonly #maxUnpublished: number
  #head: store.SeenHead
  #signer: Signer
  #reloading: Promise<void> | null = null
  #unheldSinceMs: number | null = null
  /** Since when entries wait for a checkpoint while none comes. */
  #unprovenSinceMs: number | null = null
  #waiters: { readonly size: number; resolve(): void; reject(error: unknown): void }[] = []
  #closing: Promise<void> | null = null

  /**
   * Joins the ledger in this database, or begins one.
   *
   * @throws {AppError} CONFIG_INVALID when the database can't be reached, or holds the log of another key;
   *   LEDGER_UNAVAILABLE when the first checkpoint of a new log can't be published
   */
  static async open(options: SharedLedgerOptions): Promise<SharedLedger> {
    await using opening = new AsyncDisposableStack()
    const session = (name: string, setup: readonly string[] = []) =>
      opening.use(new PgSession({ url: options.url, log: options.log, name: `safelevel ledger ${name}`, setup }))
    const [writing, sequencing, reader] = [
      session('append', [DURABLE]),
      session('sequence', [DURABLE]),
      session('read'),
    ]
    const head = await joinLog(reader, options)
    const tiles = opening.adopt(await options.openTiles(), (opened) => opened.close())
    const sessions = [writing, sequencing, reader]
    const ledger = new SharedLedger({ options, head, tiles, sessions, reader, writing, sequencing })
    opening.defer(() => ledger.#stop())
    ledger.#watch.start()
    ledger.#sequencer.start()
    await ledger.#firstCheckpoint()
    opening.move()
    return ledger
  }

  private constructor(parts: Parts) {
    const { options, head, tiles, reader, writing, sequencing } = parts
    const { clock, ids, log } = options
    this.#parts = parts
    this.#options = options
    this.#head = head
    this.#signer = options.signer
    this.tiles = tiles
    this.#maxUnpublished = options.maxUnpublished ?? 1_048_576
    this.#records = new SqlRecords(reader)
    this.#reader = new LedgerReader(tiles, this.#records)
    this.#feed = new Feed({
      from: head.size,
      recent: this.#recent,
      readCommitments: (from, end) => store.readCommitments(reader, from, end),
      read: (from, limit) => this.#reader.events(from, limit, this.#head.size),
      onFailure: (err) => log.warn({ err }, 'the latest ledger entries can’t be read; they are read again'),
    })
    this.#writer = new Writer({
      session: writing,
      clock,
      ids,
      appendTimeoutMs: options.appendTimeoutMs ?? 5_000,
      maxQueued: options.maxQueued ?? 65_536,
      maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
      onRecorded: (batch) => {
        for (const [commitment, body] of batch.recorded()) this.#feed.remember(commitment, body)
      },
      onSealed: (reason, err) => log.error({ err, reason }, 'ledger sealed: nothing can be recorded'),
      onReopened: () => log.warn('ledger reopened: recording again'),
    })
    this.#sequencer = new Sequencer({
      session: sequencing,
      reader,
      openTiles: options.openTiles,
      signer: () => this.#signer,
      verifiers: () => this.#verifiers(),
      holder: ids.bytes(12).toString('hex'),
      clock,
      log,
      checkpointIntervalMs: options.checkpointIntervalMs,
      ...(options.leaseMs !== undefined && { leaseMs: options.leaseMs }),
    })
    this.#watch = new HeadWatch({ url: options.url, clock, log, onHead: (seen) => this.#onHead(seen) })
  }

  get size(): number {
    return this.#head.size
  }

  get origin(): string {
    return this.#signer.name
  }

  get vkey(): string {
    return this.#head.vkey
  }

  checkpoint(): string {
    return this.#head.note ?? ''
  }

  /** As `EventLog` says; an event whose id is on the ledger already, with the same body, is recorded. */
  async append(event: LedgerEvent): Promise<void> {
    const { blocked, waiting, size, publishedSize } = this.#head
    if (blocked !== null) throw new AppError('LEDGER_UNAVAILABLE', `the ledger is sealed: ${blocked}`)
    if (waiting + size - publishedSize >= this.#maxUnpublished)
      throw new AppError('LEDGER_UNAVAILABLE', 'too many entries wait for a checkpoint')
    await this.#writer.append(event, eventBody(event))
  }

  async begin(event: LedgerEvent): Promise<boolean> {
    await this.#read(() => this.#watch.look())
    if (this.#head.size > 0 || this.#head.waiting > 0) return false
    return this.append(event).then(() => true, whereTaken)
  }

  listen(listener: AppendListener): () => void {
    return this.#feed.listen(listener)
  }

  async refresh(): Promise<number> {
    await this.#watch.look()
    return this.#head.size
  }

  entry(position: number): Promise<LedgerEntry> {
    return this.#read(() => this.#reader.entry(position, this.#head.size))
  }

  entries(from: number, limit: number): Promise<LedgerEntry[]> {
    return this.#read(() => this.#reader.entries(from, limit, this.#head.size))
  }

  async recorded(from: number, limit: number): Promise<readonly Recorded[]> {
    const most = Math.min(limit, MAX_PAGE)
    return this.#recent.take(from, most) ?? (await this.#read(() => this.#reader.events(from, most, this.#head.size)))
  }

  find(eventId: string): Promise<LedgerEntry | null> {
    return this.#read(() => this.#reader.find(eventId, this.#head.size))
  }

  async proof(position: number): Promise<Disclosure> {
    await this.integrated(position)
    return await this.#read(() => this.#reader.proof(position, this.checkpoint()))
  }

  async integrated(position: number): Promise<void> {
    const isPlace = Number.isSafeInteger(position) && position >= 0
    // It may have got its place a moment ago, by another replica's doing.
    if (isPlace && position >= this.#head.size) await this.#read(() => this.#watch.look())
    if (!isPlace || position >= this.#head.size)
      throw new AppError('LEDGER_ENTRY_NOT_FOUND', `no ledger entry at position ${position}`)
    if (position < this.#head.publishedSize) return
    await new Promise<void>((resolve, reject) => this.#waiters.push({ size: position + 1, resolve, reject }))
  }

  async erase(position: number): Promise<void> {
    await this.integrated(position)
    if (!(await this.#read(() => this.#records.erase(position))))
      throw new AppError('LEDGER_ENTRY_NOT_FOUND', `no ledger entry at position ${position}`)
    this.#feed.forget()
  }

  health(): LedgerHealth {
    const { size, publishedSize, epoch, held, blocked } = this.#head
    const { queued, sealed, duplicates } = this.#writer
    const sequencer = { here: this.#sequencer.here, epoch, held, duplicates }
    const counts = { size, publishedSize, queued, sequencer }
    if (this.#closing !== null) return { state: 'closed', reason: 'the ledger is closed', ...counts }
    const stopped = sealed ?? blocked
    if (stopped !== null) return { state: 'sealed', reason: stopped, ...counts }
    const failing = this.#failing()
    return { state: failing === null ? 'ok' : 'degraded', reason: failing, ...counts }
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What keeps the ledger from being published, but not from recording. */
  #failing(): string | null {
    const { clock } = this.#options
    if (this.#head.vkey !== this.#signer.vkey) return ROTATED
    if (this.#sequencer.failure !== null) return this.#sequencer.failure
    if (this.#watch.staleMs > STALE_MS) return 'the database has not been heard of'
    if (longSince(clock, this.#unheldSinceMs)) return 'no replica orders and publishes the ledger'
    return longSince(clock, this.#unprovenSinceMs) ? 'no replica publishes: entries wait for a checkpoint' : null
  }

  #onHead(seen: store.SeenHead): void {
    const before = this.#head
    // The database may have been put back: what was told once is not taken back here, the sequencer says what is wrong.
    const newer = seen.publishedSize >= before.publishedSize && seen.note !== null
    this.#head = {
      ...seen,
      size: Math.max(seen.size, before.size),
      publishedSize: Math.max(seen.publishedSize, before.publishedSize),
      note: newer ? seen.note : before.note,
    }
    const waits = seen.size > seen.publishedSize && seen.publishedSize === before.publishedSize
    this.#unprovenSinceMs = waits ? (this.#unprovenSinceMs ?? this.#options.clock.monotonic()) : null
    if (seen.erasures !== before.erasures) this.#feed.forget()
    if (seen.vkey !== this.#signer.vkey)
      this.#reloading ??= this.#reloadSigner().finally(() => {
        this.#reloading = null
      })
    if (seen.held) this.#unheldSinceMs = null
    else {
      this.#unheldSinceMs ??= this.#options.clock.monotonic()
      this.#sequencer.wake()
    }
    const ready = this.#waiters.filter(({ size }) => size <= seen.publishedSize)
    this.#waiters = this.#waiters.filter(({ size }) => size > seen.publishedSize)
    for (const { resolve } of ready) resolve()
    this.#feed.grow(seen.size)
  }

  /** A log without a checkpoint is none: the first opening waits for it. */
  async #firstCheckpoint(): Promise<void> {
    const { clock } = this.#options
    const deadline = clock.monotonic() + FIRST_CHECKPOINT_MS
    while (this.#head.note === null) {
      const { blocked } = this.#head
      if (blocked !== null) throw new AppError('LEDGER_UNAVAILABLE', blocked)
      if (clock.monotonic() > deadline) {
        const why = this.#sequencer.failure ?? 'another replica holds the lease, and does not publish'
        throw new AppError('LEDGER_UNAVAILABLE', `the first checkpoint can't be published: ${why}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
      await this.#watch.look().catch(() => null)
    }
  }

  /** The log's key, and those before it: a checkpoint of before a rotation may stand. */
  async #verifiers(): Promise<NoteVerifier[]> {
    const earlier = await store.readSuccessions(this.#parts.reader)
    // What is in this database is trusted with more than that.
    return [this.#head.vkey, ...earlier.map(vkeyHandedOver)].map(parseVkey)
  }

  /** The key was rotated: the new one may have been put in place. */
  async #reloadSigner(): Promise<void> {
    const { reloadSigner, log } = this.#options
    const signer = await reloadSigner?.().catch(() => undefined)
    if (signer === undefined || signer.vkey !== this.#head.vkey) return
    this.#signer = signer
    log.info({ vkey: signer.vkey }, 'this replica signs with the new key of the ledger')
    this.#sequencer.wake()
  }

  async #read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error
      throw new AppError('LEDGER_UNAVAILABLE', 'the database can’t be reached', { cause: error })
    }
  }

  async #stop(): Promise<void> {
    await this.#writer.close()
    await this.#sequencer.close()
    await this.#watch.close()
    await this.#feed.close()
    for (const { reject } of this.#waiters.splice(0))
      reject(new AppError('LEDGER_UNAVAILABLE', 'the ledger closed before its next checkpoint'))
    for (const session of this.#parts.sessions) await session.close()
    await this.#parts.tiles.close()
  }
}

function longSince(clock: Clock, sinceMs: number | null): boolean {
  return sinceMs !== null && clock.monotonic() - sinceMs > UNHELD_MS
}

/** Whether the database holds a ledger already. @throws {AppError} CONFIG_INVALID */
export async function sharedLogExists(url: string, log: Log): Promise<boolean> {
  await using session = new PgSession({ url, log, name: 'safelevel ledger' })
  try {
    return (await store.readHead(session, STALE_MS)) !== null
  } catch (cause) {
    if (!(cause instanceof ConnectionLost)) throw cause
    throw new AppError('CONFIG_INVALID', AWAY, { cause })
  }
}

/** Makes the head of a new log, or looks whether the one that is there is ours. */
async function joinLog(session: PgSession, { signer, log }: SharedLedgerOptions): Promise<store.SeenHead> {
  let head: store.SeenHead | null
  try {
    const { fsync, encoding } = await store.readSettings(session)
    if (encoding !== 'UTF8')
      throw new AppError('CONFIG_INVALID', `the database's encoding is ${encoding}: the ledger needs UTF8`)
    if (fsync === 'off') log.warn('the database runs with fsync off: what is recorded can be lost')
    await store.openHead(session, { origin: signer.name, vkey: signer.vkey })
    head = await store.readHead(session, STALE_MS)
  } catch (cause) {
    if (!(cause instanceof ConnectionLost)) throw cause
    throw new AppError('CONFIG_INVALID', AWAY, { cause })
  }
  if (head === null)
    throw new AppError(
      'CONFIG_INVALID',
      'a ledger is being carried over into the database: finish "safelevel ledger import"',
    )
  if (head.origin !== signer.name)
    throw new AppError(
      'CONFIG_INVALID',
      `the database holds the ledger ${head.origin}, and ledger.key here is of ${signer.name}: copy the folder of keys from a replica that runs on this database`,
    )
  if (head.vkey !== signer.vkey)
    throw new AppError(
      'CONFIG_INVALID',
      `ledger.key here is not the present key of ${head.origin}: copy it from a replica where the log's key was rotated`,
    )
  return head
}
