import { isUtf8 } from 'node:buffer'
import { MAX_LINE_BYTES } from './bounds.ts'
import { Fault } from './fault.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d

/**
 * The lines of a stream of bytes, as many at a time as have come: one by one would cost more than reading them. Empty ones are left out.
 *
 * @param chunks hostile: a line over `maxBytes` (64 KiB) or that isn't UTF-8 is a fault, and costs no more memory than that
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<readonly (string | Fault)[]> {
  let rest: Buffer = Buffer.alloc(0)
  let isTooLong = false
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(NEWLINE)
    const lines = end === -1 ? [] : split(bytes.subarray(0, end + 1), isTooLong, maxBytes)
    if (end !== -1) isTooLong = false
    rest = bytes.subarray(end + 1)
    if (rest.length > maxBytes) {
      isTooLong = true
      rest = rest.subarray(0, 0)
    }
    if (lines.length > 0) yield lines
  }
  const last = isTooLong || rest.length > 0 ? split(rest, isTooLong, maxBytes) : []
  if (last.length > 0) yield last
}

/** @param isTooLong whether the first line is the rest of one whose beginning was let go */
function split(bytes: Buffer, isTooLong: boolean, maxBytes: number): (string | Fault)[] {
  const lines: (string | Fault)[] = []
  const isValid = isUtf8(bytes)
  for (let at = 0; at < bytes.length || (isTooLong && lines.length === 0); ) {
    const newline = bytes.indexOf(NEWLINE, at)
    const next = newline === -1 ? bytes.length : newline
    const end = next > at && bytes[next - 1] === RETURN ? next - 1 : next
    if (isTooLong && lines.length === 0) lines.push(tooLong(maxBytes))
    else if (end > at) lines.push(lineOf(bytes.subarray(at, end), isValid, maxBytes))
    at = next + 1
  }
  return lines
}

function lineOf(bytes: Buffer, isValid: boolean, maxBytes: number): string | Fault {
  if (bytes.length > maxBytes) return tooLong(maxBytes)
  if (!isValid && !isUtf8(bytes)) return new Fault('no valid UTF-8')
  return bytes.toString('utf8')
}

function tooLong(maxBytes: number): Fault {
  return new Fault(`longer than ${maxBytes} bytes`)
}
