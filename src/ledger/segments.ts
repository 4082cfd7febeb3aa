import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import { isEvent } from './event-fault.ts'
import { decodeRecord, MAX_RECORD_BYTES, type Records, readUint64, type StoredRecord, writeUint64 } from './record.ts'

/** Segment files begin with 24 bytes of name and the position of their first record. */
const MAGIC = Buffer.from('safelevel segment v1\n\0\0\0')
export const SEGMENT_HEADER_BYTES = MAGIC.length + 8
const NAME = /^segment-([0-9]{16})\.log$/
const READ_BYTES = 512 * 1024
const INDEXED_SEGMENTS = 4

export function segmentName(first: number): string {
  return `segment-${first.toString().padStart(16, '0')}.log`
}

export function segmentHeader(first: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES)
  header.set(MAGIC)
  writeUint64(header, first, MAGIC.length)
  return header
}

interface SegmentIndex {
  readonly offsets: number[]
  /** Offset after the last indexed record. */
  end: number
}

/**
 * Reads the private segment files. Safe beside a running server: records below a published checkpoint only ever change
 * by being erased.
 */
export class Segments implements Records {
  readonly #dir: string
  #firsts: number[] = []
  readonly #indexes = new Map<number, SegmentIndex>()

  private constructor(dir: string) {
    this.#dir = dir
  }

  /** @param dir The ledger's `private` folder; one that is not there reads as empty. */
  static async open(dir: string): Promise<Segments> {
    const segments = new Segments(dir)
    await segments.refresh()
    return segments
  }

  /** Takes notice of segments begun since. */
  async refresh(): Promise<void> {
    const names = await readdir(this.#dir).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    })
    this.#firsts = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number)
    this.#firsts.sort((a, b) => a - b)
  }

  /** Drops what is remembered of where records lie: the end of a segment was cut off and written anew. */
  forget(): void {
    this.#indexes.clear()
  }

  /** Position of the first record of each segment, ascending. */
  get firsts(): readonly number[] {
    return this.#firsts
  }

  path(first: number): string {
    return join(this.#dir, segmentName(first))
  }

  /** First position of the segment that would hold `position`; null when all begin after it. */
  segmentOf(position: number): number | null {
    let low = 0
    let high = this.#firsts.length
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((this.#firsts[middle] ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return this.#firsts[low - 1] ?? null
  }

  /** The record at `position`, or null. Its buffers are the caller's own. */
  async read(position: number): Promise<StoredRecord | null> {
    if ((this.#firsts.at(-1) ?? 0) <= position) await this.refresh()
    const first = this.segmentOf(position)
    if (first === null) return null
    const file = await open(this.path(first), 'r')
    try {
      const offset = await this.#offset(file, first, position)
      if (offset === null) return null
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_RECORD_BYTES), 0, MAX_RECORD_BYTES, offset)
      return decodeRecord(buffer.subarray(0, bytesRead), 0, offset)
    } finally {
      await file.close()
    }
  }

  /** Reads backwards, one page in memory at a time. */
  async find(eventId: string, size: number): Promise<StoredRecord | null> {
    await this.refresh()
    const needle = Buffer.from(`"id":${JSON.stringify(eventId)}`)
    for (const first of this.firsts.toReversed()) {
      let found: StoredRecord | null = null
      for await (const page of this.segmentPages(first)) {
        for (const record of page) {
          // The needle also stands in other objects of an event (actor, subject): the parsed event decides.
          if (record.position >= size || record.erased || !record.body.includes(needle)) continue
          const event: unknown = JSON.parse(record.body.toString('utf8'))
          if (isEvent(event) && event.id === eventId) found = record
        }
      }
      if (found !== null) return found
    }
    return null
  }

  /** Pages of records from `from` up to `end`, in order; stops at the first that is not there. */
  async *pages(from: number, end: number): AsyncGenerator<StoredRecord[]> {
    await this.refresh()
    let next = from
    for (let first = this.segmentOf(next); first !== null && next < end; first = this.segmentOf(next)) {
      const before = next
      for await (const page of this.segmentPages(first, next)) {
        const wanted = page.filter((record) => record.position >= next && record.position < end)
        next += wanted.length
        if (wanted.length > 0) yield wanted
        if (next >= end) return
      }
      if (next === before) return
    }
  }

  /** Records of one segment in order, a page at a time, from about `from`; ends where no valid record follows. */
  async *segmentPages(first: number, from = first): AsyncGenerator<StoredRecord[]> {
    const file = await open(this.path(first), 'r')
    try {
      await checkHeader(file, first)
      const indexed = from > first ? await this.#offset(file, first, from) : null
      if (from > first && indexed === null) return
      yield* scan(file, indexed ?? SEGMENT_HEADER_BYTES, indexed === null ? first : from)
    } finally {
      await file.close()
    }
  }

  async #offset(file: FileHandle, first: number, position: number): Promise<number | null> {
    let index = this.#indexes.get(first)
    if (index === undefined) {
      index = { offsets: [], end: SEGMENT_HEADER_BYTES }
      const oldest = this.#indexes.keys().next()
      if (this.#indexes.size >= INDEXED_SEGMENTS && !oldest.done) this.#indexes.delete(oldest.value)
      this.#indexes.set(first, index)
    }
    const wanted = position - first
    if (index.offsets.length <= wanted) {
      for await (const page of scan(file, index.end, first + index.offsets.length)) {
        for (const record of page) {
          // Two readers may extend one index at a time: each record is entered once.
          if (record.offset !== index.end) continue
          index.offsets.push(record.offset)
          index.end = record.offset + record.sizeBytes
        }
      }
    }
    return index.offsets[wanted] ?? null
  }
}

async function checkHeader(file: FileHandle, first: number): Promise<void> {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES)
  await file.read(header, 0, SEGMENT_HEADER_BYTES, 0)
  if (!header.subarray(0, MAGIC.length).equals(MAGIC) || readUint64(header, MAGIC.length) !== first)
    throw new AppError('VERIFICATION_FAILED', `${segmentName(first)} is not the ledger segment that its name says`)
}

/** Pages of consecutive records from `offset`, the first at `position`. Memory: one read buffer. */
async function* scan(file: FileHandle, offset: number, position: number): AsyncGenerator<StoredRecord[]> {
  let next = position
  for (let at = offset; ; ) {
    // A fresh buffer each time: the records handed out are views into it.
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at)
    const bytes = buffer.subarray(0, bytesRead)
    const page: StoredRecord[] = []
    let used = 0
    for (;;) {
      const record = decodeRecord(bytes, used, at)
      if (record === null || record.position !== next) break
      page.push(record)
      used += record.sizeBytes
      next++
    }
    if (page.length === 0) return
    yield page
    at += used
  }
}
