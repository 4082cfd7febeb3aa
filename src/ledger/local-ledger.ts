import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { eraseRecord, finishErasure } from './erasure.ts'
import { eventBody } from './event-body.ts'
import { type LedgerFiles, nodeFiles } from './files.ts'
import type { AppendListener, Ledger, LedgerHealth } from './ledger.ts'
import { LedgerReader, MAX_PAGE } from './ledger-reader.ts'
import { Publisher } from './publisher.ts'
import { Recent, type Recorded, WrittenEvent } from './recent.ts'
import { clearTemporary, recover } from './recovery.ts'
import type { LedgerEntry, LedgerEvent } from './schema.ts'
import { SEGMENT_HEADER_BYTES, Segments } from './segments.ts'
import type { Signer } from './signer.ts'
import { FolderTiles } from './tiles/folder-tiles.ts'
import { type Disclosure, EMPTY_ROOT, formatCheckpoint, type LogSource, signNote, TreeBuilder } from './tlog/index.ts'
import { createSegment, WriteAheadLog } from './write-ahead.ts'

export interface LocalLedgerOptions {
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

/** A ledger that one process writes, to files of its own. */
export class LocalLedger implements Ledger {
  readonly #options: LocalLedgerOptions
  readonly #wal: WriteAheadLog
  readonly #publisher: Publisher
  readonly #reader: LedgerReader
  readonly tiles: LogSource
  readonly #maxUnpublished: number
  readonly #listeners = new Set<AppendListener>()
  readonly #recent = new Recent()
  #appending = 0
  #closing: Promise<void> | null = null

  private constructor(
    options: LocalLedgerOptions,
    wal: WriteAheadLog,
    publisher: Publisher,
    tiles: LogSource,
    records: Segments,
  ) {
    this.#options = options
    this.tiles = tiles
    this.#wal = wal
    this.#publisher = publisher
    this.#reader = new LedgerReader(tiles, records)
    this.#maxUnpublished = options.maxUnpublished ?? 262_144
  }

  /**
   * Opens the ledger, or begins one in an empty folder. The caller holds the lock on the data folder.
   *
   * @throws {AppError} VERIFICATION_FAILED when what is on the disk contradicts the published checkpoint.
   */
  static async open(options: LocalLedgerOptions): Promise<LocalLedger> {
    const dirs = await makeFolders(options.dir)
    const files = options.files ?? nodeFiles
    await clearTemporary(dirs.temporary)
    await finishErasure(dirs.private, files)
    const recovered = (await recover(options.dir, options.signer.vkey, options.log)) ?? (await begin(options, files))
    const tiles = new FolderTiles({ publicDir: dirs.public, temporaryDir: dirs.temporary, files })
    const publisher = new Publisher(
      {
        tiles,
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
    return new LocalLedger(options, wal, publisher, tiles, segments)
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
      const written = new WrittenEvent(position, { kind: event.kind, body })
      this.#recent.add(written)
      for (const listener of this.#listeners) listener(written)
      return { position }
    } finally {
      this.#appending--
    }
  }

  async begin(event: LedgerEvent): Promise<boolean> {
    if (this.size > 0) return false
    await this.append(event)
    return true
  }

  listen(listener: AppendListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Durable entries. */
  get size(): number {
    return this.#wal.size
  }

  refresh(): Promise<number> {
    return Promise.resolve(this.size)
  }

  get origin(): string {
    return this.#options.signer.name
  }

  get vkey(): string {
    return this.#options.signer.vkey
  }

  checkpoint(): string {
    return this.#publisher.published.note
  }

  entry(position: number): Promise<LedgerEntry> {
    return this.#reader.entry(position, this.#wal.size)
  }

  entries(from: number, limit: number): Promise<LedgerEntry[]> {
    return this.#reader.entries(from, limit, this.#wal.size)
  }

  async recorded(from: number, limit: number): Promise<readonly Recorded[]> {
    const most = Math.min(limit, MAX_PAGE)
    const recent = this.#recent.take(from, most)
    if (recent !== null) return recent
    if (from === this.#recent.end && this.#appending > 0) return []
    return this.#reader.events(from, most, this.#wal.size)
  }

  find(eventId: string): Promise<LedgerEntry | null> {
    return this.#reader.find(eventId, this.#wal.size)
  }

  async proof(position: number): Promise<Disclosure> {
    await this.integrated(position)
    return this.#reader.proof(position, this.#publisher.published.note)
  }

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
      sequencer: null,
    }
    if (this.#closing !== null) return { state: 'closed', reason: 'the ledger is closed', ...counts }
    if (this.#wal.sealed !== null) return { state: 'sealed', reason: this.#wal.sealed, ...counts }
    if (this.#publisher.failure !== null) return { state: 'degraded', reason: this.#publisher.failure, ...counts }
    return { state: 'ok', reason: null, ...counts }
  }

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
async function begin(options: LocalLedgerOptions, files: LedgerFiles) {
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
  options: LocalLedgerOptions,
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
