import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { AppError } from './errors.ts'

const LINE_FEED = 0x0a
const RETURN = 0x0d
const MARK = '\ufeff'

/** A line without what ends it; without text, why there is none. */
export type Line =
  | { readonly number: number; readonly text: string; readonly fault?: undefined }
  | { readonly number: number; readonly text?: undefined; readonly fault: 'too long' | 'not UTF-8' }

/**
 * Lines of a stream of bytes. Only a line feed ends a line, and a return before it is left out: JSON and people's texts may hold the other signs that Node's `readline` takes for an end (U+2028).
 * A mark of byte order before the first line is left out.
 *
 * @param chunks hostile, cut anywhere: a longer line costs no more memory than `maxBytes`, and is told of at once
 * @param maxBytes of a line, or of the line with a number; numbers count from 1, empty lines too
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number | ((line: number) => number),
): AsyncGenerator<Line, void, undefined> {
  for await (const lines of batchesOfLines(chunks, maxBytes)) yield* lines
}

/** As `linesOf`, as many at a time as have come: one by one would cost more than reading them. */
export async function* batchesOfLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number | ((line: number) => number),
): AsyncGenerator<readonly Line[], void, undefined> {
  const reader = new LineReader(typeof maxBytes === 'number' ? () => maxBytes : maxBytes)
  for await (const chunk of chunks) {
    const lines = reader.push(chunk)
    if (lines.length > 0) yield lines
  }
  const last = reader.end()
  if (last !== null) yield [last]
}

/**
 * Lines of a file of any size, one at a time.
 *
 * @param onBytes is given the file as it is read, for digests and progress
 * @throws {AppError} REQUEST_INVALID when it can't be read
 */
export async function* fileLines(
  path: string,
  { maxBytes, onBytes }: { readonly maxBytes: number; readonly onBytes?: ((chunk: Buffer) => void) | undefined },
): AsyncGenerator<Line, void, undefined> {
  yield* linesOf(bytesOf(path, onBytes), maxBytes)
}

async function* bytesOf(path: string, onBytes?: (chunk: Buffer) => void): AsyncGenerator<Buffer, void, undefined> {
  const stream: AsyncIterable<Buffer> & { destroy(): void } = createReadStream(path)
  try {
    for await (const chunk of stream) {
      onBytes?.(chunk)
      yield chunk
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause })
  } finally {
    stream.destroy()
  }
}

class LineReader {
  readonly #maxBytes: (line: number) => number
  #held: Uint8Array[] = []
  #heldBytes = 0
  #number = 1
  /** The rest of the line is passed over: what is wrong with it was told. */
  #passing = false

  constructor(maxBytes: (line: number) => number) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Uint8Array): Line[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const isValid = isUtf8(bytes)
    const lines: Line[] = []
    let from = 0
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, from)) {
      const line = this.#take(bytes.subarray(from, at), isValid)
      if (line !== null) lines.push(line)
      from = at + 1
    }
    if (from < bytes.length && !this.#hold(bytes.subarray(from))) lines.push(this.#tooLong())
    return lines
  }

  /** The stream ended: its last line may lack its end. */
  end(): Line | null {
    return this.#heldBytes === 0 ? null : this.#take(Buffer.alloc(0), false)
  }

  /** @returns false where the line comes to be too long */
  #hold(piece: Buffer): boolean {
    if (this.#passing) return true
    this.#heldBytes += piece.length
    if (this.#heldBytes > this.#maxBytes(this.#number)) return false
    this.#held.push(Buffer.from(piece)) // whose memory may be written over once we ask for more
    return true
  }

  #tooLong(): Line {
    this.#held = []
    this.#heldBytes = 0
    this.#passing = true
    return { number: this.#number, fault: 'too long' }
  }

  /**
   * The line that ends with this piece.
   *
   * @param isValid whether the piece is known to be UTF-8
   * @returns null for one that was told of
   */
  #take(last: Buffer, isValid: boolean): Line | null {
    const isWhole = this.#heldBytes === 0
    const fits = isWhole ? last.length <= this.#maxBytes(this.#number) : this.#hold(last)
    const line = this.#passing
      ? null
      : fits
        ? this.#lineOf(isWhole ? last : Buffer.concat(this.#held), isWhole && isValid)
        : this.#tooLong()
    this.#held = []
    this.#heldBytes = 0
    this.#passing = false
    this.#number += 1
    return line
  }

  #lineOf(bytes: Buffer, isValid: boolean): Line {
    const number = this.#number
    if (!isValid && !isUtf8(bytes)) return { number, fault: 'not UTF-8' }
    const text = bytes.toString('utf8', 0, bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length)
    return { number, text: number === 1 && text.startsWith(MARK) ? text.slice(1) : text }
  }
}
