import { isUtf8 } from 'node:buffer'
import { MAX_HEADER_BYTES, malformed, type ReadRange } from './tensor.ts'

const BLOCK_BYTES = 256 * 1024
/** Above it, 2^32 × this no longer fits into a double's 53 bits. */
const MAX_HIGH_WORD = 0x1fffff

/**
 * Reads a hostile binary header forward, little-endian, a block at a time: whatever it claims, at most one block is in memory, nothing past
 * the header's limit or the file's end is asked for, and what is skipped is not read.
 */
export class HeaderReader {
  readonly #format: string
  readonly #read: ReadRange
  /** No byte of the header lies behind it. */
  readonly #end: number
  #block: Buffer = Buffer.alloc(0)
  #blockStart = 0
  #position = 0

  constructor(format: string, read: ReadRange, sizeBytes: number) {
    this.#format = format
    this.#read = read
    this.#end = Math.min(sizeBytes, MAX_HEADER_BYTES)
  }

  get position(): number {
    return this.#position
  }

  /** Bytes that a header could still have. */
  get remaining(): number {
    return this.#end - this.#position
  }

  /** Whether `u32` and `u64` can take this much without `need`: spares a promise for each of a million short texts. */
  has(length: number): boolean {
    return this.#position + length <= this.#blockStart + this.#block.length
  }

  /** Has the next bytes in memory. @throws {AppError} REQUEST_INVALID when the file ends before */
  async need(length: number): Promise<void> {
    if (this.has(length)) return
    this.#check(length)
    const size = Math.min(Math.max(BLOCK_BYTES, length), this.remaining)
    const bytes = await this.#read(this.#position, size)
    if (bytes.length !== size) throw malformed(this.#format, 'it ends early')
    this.#block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#blockStart = this.#position
  }

  u32(): number {
    return this.#block.readUInt32LE(this.#take(4))
  }

  /** @throws {AppError} REQUEST_INVALID for a number that no length, count or place in a file can be (2^53 and more) */
  u64(): number {
    const at = this.#take(8)
    const high = this.#block.readUInt32LE(at + 4)
    if (high > MAX_HIGH_WORD) throw malformed(this.#format, 'a number is too large')
    return high * 2 ** 32 + this.#block.readUInt32LE(at)
  }

  /** A text with its length before it. */
  async text(maxBytes: number): Promise<string> {
    await this.need(8)
    const length = this.u64()
    if (length > maxBytes) throw malformed(this.#format, `a name is longer than ${maxBytes} bytes`)
    await this.need(length)
    const at = this.#take(length)
    const bytes = this.#block.subarray(at, at + length)
    if (!isUtf8(bytes)) throw malformed(this.#format, 'a name is not valid UTF-8')
    return bytes.toString('utf8')
  }

  skip(length: number): void {
    this.#check(length)
    this.#position += length
  }

  #check(length: number): void {
    if (length > this.remaining)
      throw malformed(this.#format, `its header ends early, or is longer than ${MAX_HEADER_BYTES} bytes`)
  }

  /** Where in the block the next bytes stand, which `need` has promised. */
  #take(length: number): number {
    const at = this.#position - this.#blockStart
    this.#position += length
    return at
  }
}
