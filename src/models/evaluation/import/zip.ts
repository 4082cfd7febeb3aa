import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflateRaw, inflateRawSync, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import { invalid } from './parsed-log.ts'

const END = 0x06054b50
const END_64_LOCATOR = 0x07064b50
const END_64 = 0x06064b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const STORED = 0
const DEFLATED = 8
const ZSTD = 93
const MAX_ENTRIES = 2_000_000
const MAX_DIRECTORY_BYTES = 512 * 1024 * 1024
const MAX_ENTRY_BYTES = 64 * 1024 * 1024
/** Below this a call into the pool of threads costs more than the work. */
const SMALL_BYTES = 64 * 1024
const WINDOW_BYTES = 4 * 1024 * 1024

const inflate = promisify(inflateRaw)
const unzstd = promisify(zstdDecompress)

export interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly packed: number
  readonly size: number
  readonly at: number
}

/**
 * A zip file that is read entry by entry: stored, deflated or Zstandard (method 93, APPNOTE 6.3.9, 4.4.5), with 64-bit sizes. What an
 * entry says of its size is a bound and not a promise.
 */
export class ZipFile implements AsyncDisposable {
  readonly entries: readonly ZipEntry[]
  readonly #file: FileHandle
  readonly #size: number
  #window: { readonly at: number; readonly bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) }

  private constructor(file: FileHandle, size: number, entries: readonly ZipEntry[]) {
    this.#file = file
    this.#size = size
    this.entries = entries
  }

  /** @throws {AppError} REQUEST_INVALID for what is no zip file that can be read */
  static async open(path: string): Promise<ZipFile> {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      return new ZipFile(file, size, await readDirectory(file, size))
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** @throws {AppError} REQUEST_INVALID for an entry above 64 MiB, or one that is damaged */
  async read({ method, packed, size, at }: ZipEntry): Promise<Buffer> {
    if (packed > MAX_ENTRY_BYTES || size > MAX_ENTRY_BYTES)
      throw invalid('has a sample, or a part, of more than 64 MiB')
    const head = await this.#bytes(at, 30)
    if (head.readUInt32LE(0) !== LOCAL) throw invalid('is a damaged zip file')
    const data = await this.#bytes(at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28), packed)
    const options = { maxOutputLength: Math.max(1, size) }
    try {
      if (method === STORED) return data
      if (method === DEFLATED) return size < SMALL_BYTES ? inflateRawSync(data, options) : await inflate(data, options)
      if (method === ZSTD) return size < SMALL_BYTES ? zstdDecompressSync(data, options) : await unzstd(data, options)
    } catch (cause) {
      throw invalid('has an entry that can’t be unpacked', cause)
    }
    throw invalid(`is compressed by method ${method}, which can’t be read here`)
  }

  async #bytes(at: number, length: number): Promise<Buffer> {
    const { at: from, bytes } = this.#window
    if (at >= from && at + length <= from + bytes.length) return bytes.subarray(at - from, at - from + length)
    if (at < 0 || at + length > this.#size) throw invalid('is a damaged zip file')
    this.#window = {
      at,
      bytes: await readAt(this.#file, at, Math.min(this.#size - at, Math.max(length, WINDOW_BYTES))),
    }
    return this.#window.bytes.subarray(0, length)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, at)
  if (bytesRead < length) throw invalid('is a damaged zip file')
  return bytes
}

async function readDirectory(file: FileHandle, size: number): Promise<ZipEntry[]> {
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  let end = tail.length - 22
  while (end >= 0 && tail.readUInt32LE(end) !== END) end -= 1
  if (end < 0) throw invalid('is no zip file, or was cut off')
  let [count, length, at] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)]
  if (end >= 20 && tail.readUInt32LE(end - 20) === END_64_LOCATOR) {
    const wide = await readAt(file, safe(tail.readBigUInt64LE(end - 12)), 56)
    if (wide.readUInt32LE(0) !== END_64) throw invalid('is a damaged zip file')
    ;[count, length, at] = [
      safe(wide.readBigUInt64LE(32)),
      safe(wide.readBigUInt64LE(40)),
      safe(wide.readBigUInt64LE(48)),
    ]
  }
  if (count > MAX_ENTRIES || length > MAX_DIRECTORY_BYTES || at + length > size) {
    throw invalid(`has more than ${MAX_ENTRIES} entries, or is a damaged zip file`)
  }
  const directory = await readAt(file, at, length)
  const entries: ZipEntry[] = []
  for (let offset = 0; entries.length < count; ) {
    if (offset + 46 > directory.length || directory.readUInt32LE(offset) !== CENTRAL)
      throw invalid('is a damaged zip file')
    const [nameLength, extraLength] = [directory.readUInt16LE(offset + 28), directory.readUInt16LE(offset + 30)]
    entries.push(readEntry(directory, offset, nameLength, extraLength))
    offset += 46 + nameLength + extraLength + directory.readUInt16LE(offset + 32)
  }
  return entries
}

function readEntry(directory: Buffer, offset: number, nameLength: number, extraLength: number): ZipEntry {
  const name = directory.toString('utf8', offset + 46, offset + 46 + nameLength)
  const extra = directory.subarray(offset + 46 + nameLength, offset + 46 + nameLength + extraLength)
  const narrow = {
    size: directory.readUInt32LE(offset + 24),
    packed: directory.readUInt32LE(offset + 20),
    at: directory.readUInt32LE(offset + 42),
  }
  return { name, method: directory.readUInt16LE(offset + 10), ...widen(narrow, extra) }
}

/** Sizes that don't fit in 32 bits stand in the extra field 1, in this order. */
function widen(narrow: { size: number; packed: number; at: number }, extra: Buffer) {
  const wide = { ...narrow }
  for (let offset = 0; offset + 4 <= extra.length; ) {
    const [id, length] = [extra.readUInt16LE(offset), extra.readUInt16LE(offset + 2)]
    if (id === 1) {
      let from = offset + 4
      for (const field of ['size', 'packed', 'at'] as const) {
        if (wide[field] !== 0xffff_ffff) continue
        if (from + 8 > Math.min(extra.length, offset + 4 + length)) throw invalid('is a damaged zip file')
        wide[field] = safe(extra.readBigUInt64LE(from))
        from += 8
      }
    }
    offset += 4 + length
  }
  return wide
}

function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('is a damaged zip file')
  return Number(value)
}
