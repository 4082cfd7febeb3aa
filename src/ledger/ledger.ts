import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { eraseRecord, finishErasure } from './erasure.ts'
import { faultOf } from './event-fault.ts'
import { type LedgerFiles, nodeFiles } from './files.ts'
import { LedgerReader, MAX_PAGE } from './ledger-reader.ts'
import { Publisher } from './publisher.ts'
import { Recent, type Recorded } from './recent.ts'
import { clearTemporary, recover } from './recovery.ts'
import type { LedgerEntry, LedgerEvent } from './schema.ts'
import { SEGMENT_HEADER_BYTES, Segments } from './segments.ts'
import type { Signer } from './signer.ts'
import {
  canonicalJson,
  type Disclosure,
  EMPTY_ROOT,
  formatCheckpoint,
  signNote,
  TlogError,
  TreeBuilder,
} from './tlog/index.ts'
import { createSegment, WriteAheadLog } from './write-ahead.ts'

export interface LedgerOptions {
  /** Holds `public/` (served), `private/` (bodies and salts) and `temporary/`. One process at a time. */
  readonly dir: string
  readonly signer: Signer
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Longest time from recorded to proven, apart from the writing itself; at most 1000. */
  readonly checkpointIntervalMs: number
  /** Size at which a new segment file is begun. */
  readonly segmentBytes?: number
  /** Appends that may wait for the disk, and their bytes. */
  readonly maxQueued?: number
  readonly maxQueuedBytes?: number
  /** Entries that may be recorded but not proven before appends are refused. */
  readonly maxUnpublished?: number
  readonly files?: LedgerFiles
}

export interface LedgerHealth {
  /** `degraded`: records, but can't publish. `sealed`: can't record; retried every second. */
  readonly state: 'ok' | 'degraded' | 'sealed' | 'closed'
  /** Null when ok; names the kind of failure, no path, no content. */
  readonly reason: string | null
  /** Durable entries. */
  readonly size: number
  /** Entries under the published checkpoint. */
  readonly publishedSize: number
  /** Appends that wait for the disk. */
  readonly queued: number
  /** False until a witness cosigns checkpoints. */
  readonly witnessed: boolean
}

export type AppendListener = (position: number, event: LedgerEvent) => void

/** The part that rooms need which only record. Where they run on the embedded store it must not use theirs: its one connection is taken. */
export type EventLog = Pick<Ledger, 'append'>

/** The record of everything that matters. Appends only; what may be taken away is a body, never its entry. */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #wal: WriteAheadLog
  readonly #publisher: Publisher
  readonly #reader: LedgerReader
  readonly #maxUnpublished: number
  readonly #listeners = new Set<AppendListener>()
  readonly #recent = new Recent()
  #appending = 0
  #closing: Promise<void> | null = null

  private constructor(options: LedgerOptions, wal: WriteAheadLog, publisher: Publisher, reader: LedgerReader) {
    this.#options = options
    this.#wal = wal
    this.#publisher = publisher
    this.#reader = reader
    this.#maxUnpublished = options.maxUnpublished ?? 262_144
  }

  /**
   * Opens the ledger, or begins one in an empty folder. The caller holds the lock on the data folder.
   *
   * @throws {AppError} VERIFICATION_FAILED when what is on the disk contradicts the published checkpoint.
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const dirs = await makeFolders(options.dir)
    const files = options.files ?? nodeFiles
    await clearTemporary(dirs.temporary)
    await finishErasure(dirs.private, files)
    const recovered = (await recover(options.dir, options.signer.vkey, options.log)) ?? (await begin(options, files))
    const publisher = new Publisher(
      {
        publicDir: dirs.public,
        temporaryDir: dirs.temporary,
        files,
        signer: options.signer,
        checkpointIntervalMs: options.checkpointIntervalMs,
        beforePublish: () => wal.checkInPlace(),
        onFailure: (reason, err) => options.log.error({ err, reason }, 'ledger checkpoint failed'),
      },
      recovered.published,
      recovered.tree ?? new TreeBuilder(),
      recovered.tree === null ? [] : recovered.edgeEntries,
    )
    const segments = await Segments.open(dirs.private)
    if (recovered.tree === null) await publisher.restore(commitments(segments, recovered.published.size))
    const wal = await openWal(options, dirs, files, recovered.tail, publisher, segments)
    publisher.add(recovered.unpublished)
    // A failure here is shown by `health()` and tried again: entries can be recorded all the same.
    if (recovered.unpublished.length > 0) await publisher.publish().catch(() => undefined)
    return new Ledger(options, wal, publisher, new LedgerReader(dirs.public, segments))
  }

  /**
   * Records an event. Resolves once it is durable; after a rejection it is not known to be recorded.
   *
   * @returns Its 0-based position.
   * @throws {AppError} LEDGER_UNAVAILABLE (sealed, closed, or over its bounds: see `health()`), INTERNAL (an event that
   *   canonical JSON can't carry, or over 32 KiB)
   */
  async append(event: LedgerEvent): Promise<{ position: number }> {
    if (this.#wal.size - this.#publisher.published.size >= this.#maxUnpublished)
      throw new AppError('LEDGER_UNAVAILABLE', 'too many entries wait for a checkpoint')
    const body = eventBody(event)
    this.#appending++
    try {
      const position = await this.#wal.append(body)
      this.#recent.add(position, event, body.length)
      for (const listener of this.#listeners) listener(position, event)
      return { position }
    } finally {
      this.#appending--
    }
  }

  /**
   * Tells of every event that this process records from now on, once it is durable. A hint, not a promise: an append that was
   * rejected may be durable all the same, so who must miss nothing watches for gaps and reads those by `entries`.
   *
   * @param listener Must be quick and must not throw: the request that made the event waits for it.
   * @returns ends it
   */
  listen(listener: AppendListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Durable entries. */
  get size(): number {
    return this.#wal.size
  }

  /** The log's name. */
  get origin(): string {
    return this.#options.signer.name
  }

  /** The log's public key, as `--key` takes it. */
  get vkey(): string {
    return this.#options.signer.vkey
  }

  /** The latest checkpoint, a signed note (C2SP tlog-checkpoint). */
  checkpoint(): string {
    return this.#publisher.published.note
  }

  /** @throws {AppError} LEDGER_ENTRY_NOT_FOUND */
  entry(position: number): Promise<LedgerEntry> {
    return this.#reader.entry(position, this.#wal.size)
  }

  /** Up to `limit` (at most 1000) entries in order from position `from`. */
  entries(from: number, limit: number): Promise<LedgerEntry[]> {
    return this.#reader.entries(from, limit, this.#wal.size)
  }

  /**
   * Up to `limit` (at most 1000) events in order from position `from`, for those that follow the ledger: the latest are told from memory.
   * Ends early, or with nothing, where an event is durable whose `append` has not returned yet: ask again.
   *
   * @throws {AppError} VERIFICATION_FAILED when a stored body is not the one committed to
   */
  async recorded(from: number, limit: number): Promise<readonly Recorded[]> {
    const most = Math.min(limit, MAX_PAGE)
    const recent = this.#recent.take(from, most)
    if (recent !== null) return recent
    if (from === this.#recent.end && this.#appending > 0) return []
    return this.#reader.events(from, most, this.#wal.size)
  }

  /** The newest entry whose event has this id, or null. Reads backwards, one segment in memory at a time. */
  find(eventId: string): Promise<LedgerEntry | null> {
    return this.#reader.find(eventId, this.#wal.size)
  }

  /**
   * A self-contained proof of one entry; waits for the checkpoint that covers it.
   *
   * It discloses the event and its salt: give it only to who may read them.
   * @throws {AppError} LEDGER_ENTRY_NOT_FOUND, also when its body was erased
   */
  async proof(position: number): Promise<Disclosure> {
    await this.integrated(position)
    return this.#reader.proof(position, this.#publisher.published.note)
  }

  /** Resolves when the entry is under a published checkpoint. @throws {AppError} LEDGER_ENTRY_NOT_FOUND */
  async integrated(position: number): Promise<void> {
    if (!Number.isSafeInteger(position) || position < 0 || position >= this.#wal.size)
      throw new AppError('LEDGER_ENTRY_NOT_FOUND', `no ledger entry at position ${position}`)
    try {
      await this.#publisher.whenPublished(position + 1)
    } catch (cause) {
      throw new AppError('LEDGER_UNAVAILABLE', 'the ledger closed before its next checkpoint', { cause })
    }
  }

  /**
   * Overwrites body and salt of an entry for ever. The log stays valid: the commitment remains, and without the salt it
   * can't be tested against a guess. Copy-on-write disks and backups keep their own copies.
   *
   * @throws {AppError} LEDGER_ENTRY_NOT_FOUND, LEDGER_UNAVAILABLE
   */
  async erase(position: number): Promise<void> {
    await this.integrated(position)
    this.#recent.clear()
    await eraseRecord(join(this.#options.dir, 'private'), this.#options.files ?? nodeFiles, position)
  }

  health(): LedgerHealth {
    const counts = {
      size: this.#wal.size,
      publishedSize: this.#publisher.published.size,
      queued: this.#wal.queued,
      witnessed: false,
    }
    if (this.#closing !== null) return { state: 'closed', reason: 'the ledger is closed', ...counts }
    if (this.#wal.sealed !== null) return { state: 'sealed', reason: this.#wal.sealed, ...counts }
    if (this.#publisher.failure !== null) return { state: 'degraded', reason: this.#publisher.failure, ...counts }
    return { state: 'ok', reason: null, ...counts }
  }

  /**
   * Makes what waits durable, publishes it and lets go of the files. A second call waits for the first.
   *
   * @throws {AppError} LEDGER_UNAVAILABLE when the last checkpoint can't be written; recorded entries are safe and are
   *   published at the next start.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#wal.close()
    try {
      await this.#publisher.close()
    } catch (cause) {
      throw new AppError('LEDGER_UNAVAILABLE', 'the ledger closed without its last checkpoint', { cause })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function eventBody(event: LedgerEvent): string {
  const fault = faultOf(event)
  if (fault !== null) throw new AppError('INTERNAL', `a ledger event is malformed: ${fault}`)
  let body: string
  try {
    body = canonicalJson(event)
  } catch (cause) {
    const why = cause instanceof TlogError ? cause.message : 'unreadable'
    throw new AppError('INTERNAL', `a ledger event is not canonical JSON: ${why}`, { cause })
  }
  // Parsers drop or obey this key: an entry must not read differently from what it commits to. As canonical JSON escapes
  // quotes within strings, the text can only stand for a key. The shorter search begins with a letter that is rare.
  if (body.includes('__proto__') && body.includes('"__proto__":'))
    throw new AppError('INTERNAL', 'a ledger event has a key named __proto__')
  return body
}

interface Folders {
  readonly public: string
  readonly private: string
  readonly temporary: string
}

async function makeFolders(dir: string): Promise<Folders> {
  const folders = { public: join(dir, 'public'), private: join(dir, 'private'), temporary: join(dir, 'temporary') }
  await nodeFiles.makeFolder(folders.public, 0o755)
  await nodeFiles.makeFolder(folders.private, 0o700)
  await mkdir(folders.temporary, { recursive: true, mode: 0o700 })
  return folders
}

/** The first segment, the public key and the checkpoint of the empty tree: from then on each entry has something to be behind. */
async function begin(options: LedgerOptions, files: LedgerFiles) {
  const { signer, dir } = options
  await createSegment(files, join(dir, 'private'), join(dir, 'temporary'), 0)
  const note = await signNote(formatCheckpoint({ origin: signer.name, size: 0, root: EMPTY_ROOT }), [signer])
  const publish = (name: string, text: string) =>
    files.replace(join(dir, 'public', name), join(dir, 'temporary', name), Buffer.from(text), 0o644)
  await publish('vkey', `${signer.vkey}\n`)
  await publish('checkpoint', note)
  await files.syncFolder(join(dir, 'public'))
  return {
    published: { size: 0, note },
    tree: new TreeBuilder(),
    edgeEntries: [],
    unpublished: [],
    tail: { first: 0, offset: SEGMENT_HEADER_BYTES, size: 0 },
  }
}

async function* commitments(segments: Segments, size: number): AsyncGenerator<Buffer[]> {
  for await (const page of segments.pages(0, size)) yield page.map((record) => Buffer.from(record.commitment))
}

function openWal(
  options: LedgerOptions,
  dirs: Folders,
  files: LedgerFiles,
  tail: { first: number; offset: number; size: number },
  publisher: Publisher,
  segments: Segments,
): Promise<WriteAheadLog> {
  return WriteAheadLog.open(
    {
      dir: dirs.private,
      temporaryDir: dirs.temporary,
      files,
      clock: options.clock,
      ids: options.ids,
      segmentBytes: options.segmentBytes ?? 16 * 1024 * 1024,
      maxQueued: options.maxQueued ?? 65_536,
      maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
      onDurable: (batch) => publisher.add(batch),
      onSealed: (reason, err) => options.log.error({ err, reason }, 'ledger sealed: nothing can be recorded'),
      onReopened: () => {
        segments.forget()
        options.log.warn('ledger reopened: recording again')
      },
    },
    tail,
  )
}
