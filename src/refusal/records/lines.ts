import { AppError } from '../../base/errors.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * The lines of what is sent, one at a time; empty ones are left out.
 *
 * @param chunks hostile
 * @param maxBytes of the line with this number, from 1; no more than that is ever held
 * @throws {AppError} REQUEST_INVALID: longer than that, or no UTF-8, by the number of its line
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: (line: number) => number,
): AsyncGenerator<{ readonly number: number; readonly text: string }, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let held: Uint8Array[] = []
  let heldBytes = 0
  let number = 1
  const hold = (piece: Uint8Array) => {
    if (piece.length === 0) return
    heldBytes += piece.length
    if (heldBytes > maxBytes(number))
      throw new AppError('REQUEST_INVALID', `line ${number} is longer than ${maxBytes(number)} bytes`)
    held.push(piece)
  }
  const take = (): string => {
    const bytes = held.length === 1 ? (held[0] ?? new Uint8Array()) : Buffer.concat(held)
    held = []
    heldBytes = 0
    const end = bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length
    try {
      return decoder.decode(bytes.subarray(0, end))
    } catch (cause) {
      throw new AppError('REQUEST_INVALID', `line ${number} is no valid UTF-8`, { cause })
    }
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      hold(chunk.subarray(from, at))
      const text = take()
      if (text !== '') yield { number, text }
      number += 1
      from = at + 1
    }
    hold(chunk.slice(from))
  }
  const last = take()
  if (last !== '') yield { number, text: last }
}
