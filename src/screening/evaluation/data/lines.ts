import { createReadStream } from 'node:fs'
import { AppError } from '../../../base/errors.ts'

/** Longer lines are skipped and named, never held whole. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

export interface Line {
  /** 1-based. */
  readonly number: number
  /** Undefined for a line longer than MAX_LINE_BYTES. */
  readonly text: string | undefined
}

/**
 * The lines of a file of any size, holding at most one at a time; a last line without a line feed counts.
 *
 * @param onBytes is given the file as it is read, for digests and progress
 * @throws {AppError} REQUEST_INVALID when the file can't be read
 */
export async function* linesOf(path: string, onBytes?: (chunk: Buffer) => void): AsyncGenerator<Line> {
  let number = 1
  let held: Buffer[] = []
  let heldBytes = 0
  const end = (): Line => {
    const text = heldBytes > MAX_LINE_BYTES ? undefined : Buffer.concat(held).toString('utf8')
    held = []
    heldBytes = 0
    return { number: number++, text }
  }
  const hold = (piece: Buffer) => {
    heldBytes += piece.length
    if (heldBytes <= MAX_LINE_BYTES) held.push(piece)
    else held = []
  }
  for await (const chunk of chunksOf(path)) {
    onBytes?.(chunk)
    let from = 0
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
      hold(chunk.subarray(from, at))
      yield end()
      from = at + 1
    }
    if (from < chunk.length) hold(chunk.subarray(from))
  }
  if (heldBytes > 0) yield end()
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const stream = createReadStream(path)
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause })
  } finally {
    stream.destroy()
  }
}
