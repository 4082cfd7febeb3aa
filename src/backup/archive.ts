import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { createGunzip, createGzip, type Gzip } from 'node:zlib'
import { AppError } from '../base/errors.ts'

/*
 * A backup is a tar file (POSIX ustar) under gzip, so that it can be looked at with `tar tzvf` wherever this program is not. Of all that tar can
 * say only plain files with short names are written, and only those are read: what else stands in a file that claims to be a backup is refused.
 */
const BLOCK = 512
const NAME_BYTES = 100
const MAX_ENTRY_BYTES = 512 * 1024 * 1024

/** A file in a backup. */
export interface EntryFacts {
  readonly name: string
  readonly sizeBytes: number
  /** hex */
  readonly sha256: string
}

/** Writes a backup's files one after the other. */
export class ArchiveWriter {
  readonly #gzip: Gzip
  readonly #done: Promise<void>
  readonly entries: EntryFacts[] = []

  /** @param path is made; must not be there. */
  constructor(path: string) {
    this.#gzip = createGzip({ level: 6 })
    const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
    this.#done = Promise.all([finished(this.#gzip, { readable: false }), finished(file)]).then(() => undefined)
    this.#done.catch(() => {}) // met at the next write, or at the end
    this.#gzip.pipe(file)
    file.once('error', (error) => this.#gzip.destroy(error))
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    await this.addStream(name, bytes.length, [bytes])
  }

  /** @param chunks of which the first `sizeBytes` count: a file that is appended to may have more. @throws {AppError} INTERNAL when there are fewer, or more than could be read back */
  async addStream(
    name: string,
    sizeBytes: number,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    if (sizeBytes > MAX_ENTRY_BYTES) throw new AppError('INTERNAL', `${name} is too large for a backup`)
    await this.#write(header(name, sizeBytes))
    const hash = createHash('sha256')
    let left = sizeBytes
    for await (const chunk of chunks) {
      const part = chunk.subarray(0, left)
      hash.update(part)
      await this.#write(part)
      left -= part.length
      if (left === 0) break
    }
    if (left > 0) throw new AppError('INTERNAL', `${name} became shorter while it was read`)
    await this.#write(Buffer.alloc(padding(sizeBytes)))
    this.entries.push({ name, sizeBytes, sha256: hash.digest('hex') })
  }

  async end(): Promise<void> {
    await this.#write(Buffer.alloc(2 * BLOCK))
    this.#gzip.end()
    await this.#done
  }

  /** Gives up: what was written is the caller's to remove. */
  async abandon(): Promise<void> {
    this.#gzip.destroy()
    await this.#done.catch(() => {})
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#gzip.write(bytes, (error) => (error ? reject(error) : resolve()))
    await Promise.race([promise, this.#done])
  }
}

/** A file in a backup that is being read: its bytes come once, and before the next file's. */
export interface ArchiveEntry {
  readonly name: string
  readonly sizeBytes: number
  readonly chunks: AsyncIterable<Buffer>
  /** Once all chunks were taken; hex. */
  sha256(): string
}

/**
 * Reads a backup's files in their order. What the caller leaves of one is skipped.
 *
 * @throws {AppError} NOT_FOUND; VERIFICATION_FAILED for what is no such file, or is damaged
 */
export async function* readArchive(path: string): AsyncGenerator<ArchiveEntry> {
  const file = createReadStream(path)
  const gunzip = createGunzip()
  file.once('error', (error) => gunzip.destroy(error))
  const bytes = new ByteReader(file.pipe(gunzip))
  try {
    for (;;) {
      const block = await bytes.take(BLOCK)
      if (block.every((byte) => byte === 0)) return
      const { name, sizeBytes } = parseHeader(block)
      const hash = createHash('sha256')
      const chunks = bytes.part(sizeBytes, hash)
      yield { name, sizeBytes, chunks, sha256: () => hash.digest('hex') }
      for await (const _ of chunks) {
        // what the caller left
      }
      await bytes.take(padding(sizeBytes))
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES')
      throw new AppError('NOT_FOUND', `${path} can't be read (${code})`, { cause })
    throw damaged('it is no gzip file, or ends too early', cause)
  } finally {
    file.destroy()
    gunzip.destroy()
  }
}

export function damaged(why: string, cause?: unknown): AppError {
  return new AppError('VERIFICATION_FAILED', `this is no whole backup: ${why}`, { cause })
}

/** Counted bytes from a stream. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  #buffer: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = length; left > 0; ) {
      const part = await this.#next(left)
      parts.push(part)
      left -= part.length
    }
    return Buffer.concat(parts)
  }

  async *part(length: number, hash: Hash): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const part = await this.#next(left)
      left -= part.length
      hash.update(part)
      yield part
    }
  }

  async #next(most: number): Promise<Buffer> {
    while (this.#buffer.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) throw damaged('it ends too early')
      this.#buffer = next.value
    }
    const part = this.#buffer.subarray(0, most)
    this.#buffer = this.#buffer.subarray(part.length)
    return part
  }
}

function padding(sizeBytes: number): number {
  return (BLOCK - (sizeBytes % BLOCK)) % BLOCK
}

function header(name: string, sizeBytes: number): Buffer {
  if (Buffer.byteLength(name) >= NAME_BYTES) throw new AppError('INTERNAL', `${name} is too long a name for a backup`)
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0)
  block.write('0000600\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('0', 156)
  block.write('ustar\x0000', 257, 'latin1')
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** Hostile until its digest was compared. */
function parseHeader(block: Buffer): { name: string; sizeBytes: number } {
  const text = (from: number, length: number) => block.toString('latin1', from, from + length).split('\0', 1)[0] ?? ''
  if (Number.parseInt(text(148, 8), 8) !== checksum(block)) throw damaged('a header of tar does not add up')
  if (text(156, 1) !== '0' || text(345, 155) !== '') throw damaged('it holds something that is no plain file')
  const sizeBytes = Number.parseInt(text(124, 12), 8)
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || sizeBytes > MAX_ENTRY_BYTES)
    throw damaged('it holds a file of a size that none of ours has')
  return { name: text(0, NAME_BYTES), sizeBytes }
}

/** Of all bytes, those of the sum itself as blanks. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0)
}
