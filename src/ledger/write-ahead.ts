import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { DurableFile, LedgerFiles } from './files.ts'
import { encodeRecord, MAX_RECORD_BYTES } from './record.ts'
import { SEGMENT_HEADER_BYTES, segmentHeader, segmentName } from './segments.ts'
import { SALT_SIZE } from './tlog/index.ts'

const FIRST_BUFFER_BYTES = 256 * 1024
/** A buffer that one burst made larger than this is not kept. */
const KEPT_BUFFER_BYTES = 4 * 1024 * 1024
const RETRY_MS = 1000
const MOVED = 'the write-ahead file was moved or deleted'
/** How much a write that lengthens the file lengthens it: docs/adr/0061. */
const ROOM_BYTES = 1024 * 1024
/** Space that must be free before a full disk counts as mended. */
const PROBE_BYTES = 256 * 1024

/** Records that reach the disk with one write. */
class Batch {
  buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES)
  usedBytes = 0
  commitments: Uint8Array[] = []
  resolves: ((position: number) => void)[] = []
  rejects: ((error: unknown) => void)[] = []

  reserve(bytes: number): void {
    if (this.usedBytes + bytes <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.usedBytes + bytes))
    this.buffer.copy(grown, 0, 0, this.usedBytes)
    this.buffer = grown
  }

  clear(): void {
    this.usedBytes = 0
    this.commitments = []
    this.resolves = []
    this.rejects = []
    if (this.buffer.length > KEPT_BUFFER_BYTES) this.buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES)
  }
}

export interface WriteAheadOptions {
  readonly dir: string
  readonly temporaryDir: string
  readonly files: LedgerFiles
  readonly clock: Clock
  readonly ids: Ids
  readonly segmentBytes: number
  /** Records that may wait for the disk, and their bytes. */
  readonly maxQueued: number
  readonly maxQueuedBytes: number
  /** Called for each batch once it is durable, before its appends resolve. */
  readonly onDurable: (commitments: readonly Uint8Array[]) => void
  readonly onSealed: (reason: string, cause: unknown) => void
  readonly onReopened: () => void
}

/** Where the last segment ends. */
export interface Tail {
  /** Position of the segment's first record. */
  readonly first: number
  readonly offset: number
  /** Records in all segments. */
  readonly size: number
}

/**
 * The write-ahead log: one write at a time, and whatever arrives during it goes with the next. It seals itself when a
 * write fails, since what the disk holds past the last good write is unknown, and reopens when writing works again.
 */
export class WriteAheadLog {
  readonly #options: WriteAheadOptions
  #file: DurableFile
  #tail: Tail
  /** Up to here the file stands on the disk, with zeros behind the last record. */
  #roomEnd: number
  #next: number
  #gathering = new Batch()
  #spare = new Batch()
  #flushing: Promise<void> | null = null
  #scheduled = false
  #sealed: string | null = null
  #closed = false
  #moved = false
  #retry: NodeJS.Timeout | null = null

  private constructor(options: WriteAheadOptions, file: DurableFile, tail: Tail) {
    this.#options = options
    this.#file = file
    this.#tail = tail
    this.#roomEnd = tail.offset
    this.#next = tail.size
  }

  /** Goes on at `tail`; what the last segment holds beyond it is cut off. */
  static async open(options: WriteAheadOptions, tail: Tail): Promise<WriteAheadLog> {
    const file = await options.files.open(join(options.dir, segmentName(tail.first)))
    // Also syncs: records found by reading may not have reached the disk before the last process died.
    await file.truncate(tail.offset)
    return new WriteAheadLog(options, file, tail)
  }

  /** Records that are durable. */
  get size(): number {
    return this.#tail.size
  }

  /** Why nothing can be recorded; null when it can. */
  get sealed(): string | null {
    return this.#sealed
  }

  get queued(): number {
    return this.#next - this.#tail.size
  }

  /**
   * Resolves with the position once the record is durable.
   *
   * @param body Canonical JSON.
   * @throws {AppError} LEDGER_UNAVAILABLE (sealed, closed, queue full), INTERNAL (over 32 KiB)
   */
  append(body: string): Promise<number> {
    const batch = this.#gathering
    try {
      this.#checkOpen(batch)
      batch.reserve(MAX_RECORD_BYTES)
      const record = {
        position: this.#next,
        timeMs: this.#options.clock.now(),
        salt: this.#options.ids.bytes(SALT_SIZE),
        body,
      }
      const { sizeBytes, commitment } = encodeRecord(batch.buffer, batch.usedBytes, record)
      batch.usedBytes += sizeBytes
      batch.commitments.push(commitment)
      this.#next++
    } catch (error) {
      return Promise.reject(error)
    }
    this.#schedule()
    return new Promise((resolve, reject) => {
      batch.resolves.push(resolve)
      batch.rejects.push(reject)
    })
  }

  /** Seals the log when its file was moved or deleted under it: entries would be lost unnoticed. */
  async checkInPlace(): Promise<void> {
    const file = this.#file
    if (this.#sealed !== null || this.#closed || (await file.inPlace().catch(() => true))) return
    if (file !== this.#file || this.#sealed !== null) return
    // A write may be under way: it must end before its batch is given up.
    if (this.#flushing === null) this.#seal(MOVED, undefined)
    else this.#moved = true
  }

  /** Writes what waits, then closes. Later appends are rejected. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    if (this.#sealed === null) this.#startFlush()
    await this.#flushing
    // What is left of the room is no part of the ledger; the next opening would cut it off.
    if (this.#sealed === null && this.#roomEnd > this.#tail.offset)
      await this.#file.truncate(this.#tail.offset).catch(() => undefined)
    await this.#file.close().catch(() => undefined)
  }

  #checkOpen(batch: Batch): void {
    if (this.#sealed !== null) throw new AppError('LEDGER_UNAVAILABLE', `the ledger is sealed: ${this.#sealed}`)
    if (this.#closed) throw new AppError('LEDGER_UNAVAILABLE', 'the ledger is closed')
    const { maxQueued, maxQueuedBytes } = this.#options
    if (this.queued >= maxQueued || batch.usedBytes >= maxQueuedBytes)
      throw new AppError('LEDGER_UNAVAILABLE', 'the ledger’s queue is full: the disk does not keep up')
  }

  /** Waits for the end of this turn of the event loop, so that all its appends share a write; no timer. */
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
    while (this.#gathering.usedBytes > 0 && this.#sealed === null) {
      const batch = this.#gathering
      this.#gathering = this.#spare
      this.#spare = batch
      try {
        if (this.#moved) throw new AppError('LEDGER_UNAVAILABLE', MOVED)
        if (this.#tail.offset >= this.#options.segmentBytes) await this.#roll()
        await this.#file.write(this.#withRoom(batch.buffer.subarray(0, batch.usedBytes)), this.#tail.offset)
      } catch (error) {
        this.#seal(writeFailure(error), error)
        return
      }
      const start = this.#tail.size
      this.#tail = {
        first: this.#tail.first,
        offset: this.#tail.offset + batch.usedBytes,
        size: start + batch.resolves.length,
      }
      this.#options.onDurable(batch.commitments)
      for (let i = 0; i < batch.resolves.length; i++) batch.resolves[i]?.(start + i)
      batch.clear()
    }
  }

  /**
   * Writing over what stands there changes nothing that the file system's journal keeps, so it waits neither for the journal nor for whoever
   * else syncs files: a write that must lengthen the file makes room for many.
   *
   * @returns the records, with zeros behind them where they go beyond the room
   */
  #withRoom(records: Buffer): Buffer {
    const end = this.#tail.offset + records.length
    if (end <= this.#roomEnd) return records
    const room = Math.max(0, Math.min(ROOM_BYTES, this.#options.segmentBytes - end))
    this.#roomEnd = end + room
    return Buffer.concat([records], records.length + room)
  }

  async #roll(): Promise<void> {
    const { dir, temporaryDir, files } = this.#options
    const first = this.#tail.size
    // Only the last segment may end in zeros.
    if (this.#roomEnd > this.#tail.offset) await this.#file.truncate(this.#tail.offset)
    await createSegment(files, dir, temporaryDir, first)
    const file = await files.open(join(dir, segmentName(first)))
    await this.#file.close()
    this.#file = file
    this.#tail = { first, offset: SEGMENT_HEADER_BYTES, size: first }
    this.#roomEnd = SEGMENT_HEADER_BYTES
  }

  #seal(reason: string, cause: unknown): void {
    this.#sealed = reason
    this.#moved = false
    this.#next = this.#tail.size
    const error = () => new AppError('LEDGER_UNAVAILABLE', `the ledger is sealed: ${reason}`, { cause })
    for (const batch of [this.#spare, this.#gathering]) {
      for (const reject of batch.rejects) reject(error())
      batch.clear()
    }
    this.#options.onSealed(reason, cause)
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#closed) return
    this.#retry = setTimeout(() => void this.#reopen(), RETRY_MS)
    this.#retry.unref()
  }

  /** Cuts off what failed writes may have left and goes on, once the disk takes data again. */
  async #reopen(): Promise<void> {
    try {
      const { dir, files } = this.#options
      const file = await files.open(join(dir, segmentName(this.#tail.first)))
      try {
        if ((await file.size()) < this.#tail.offset) throw new Error('the last segment lost data')
        await file.truncate(this.#tail.offset)
        await file.write(Buffer.alloc(PROBE_BYTES), this.#tail.offset)
        await file.truncate(this.#tail.offset)
      } catch (error) {
        await file.close()
        throw error
      }
      await this.#file.close().catch(() => undefined)
      this.#file = file
      this.#roomEnd = this.#tail.offset
    } catch {
      this.#retryLater()
      return
    }
    this.#sealed = null
    this.#options.onReopened()
  }
}

/** Begins a segment file: it appears whole or not at all. */
export async function createSegment(files: LedgerFiles, dir: string, temporaryDir: string, first: number) {
  await files.replace(join(dir, segmentName(first)), join(temporaryDir, 'segment'), segmentHeader(first), 0o600)
  await files.syncFolder(dir)
}

/** Public: names the kind of failure, not the path. */
export function writeFailure(error: unknown): string {
  if (error instanceof AppError) return error.message
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'the disk is full'
  return `writing failed (${code ?? 'unknown error'})`
}
