import type { ServerResponse } from 'node:http'
import type { OpenRead } from '../../weights/reading/index.ts'

/** A client that takes nothing for so long is gone. */
const STALLED_MS = 60_000

/**
 * Writes a read to its connection, each piece once the one before is out: who reads slowly holds up their own read alone, and no piece is
 * overwritten on its way. What fails or is ended breaks the connection off, so that nobody takes a part for the whole, nor words for weights.
 *
 * @param outgoing whose head was written, with the length of what follows
 * @returns what went wrong, unless it was the client who left
 */
export async function pour(read: OpenRead, outgoing: ServerResponse): Promise<unknown> {
  using _ = read
  let interrupt = () => {}
  let gone = outgoing.destroyed
  const onClose = () => {
    gone = true
    interrupt()
  }
  const breakOff = () => outgoing.destroy()
  outgoing.once('close', onClose)
  outgoing.setTimeout(STALLED_MS)
  read.ended.addEventListener('abort', breakOff, { once: true })
  try {
    for await (const piece of read) {
      if (gone) return null
      await new Promise<void>((resolve) => {
        interrupt = resolve
        outgoing.write(piece, () => resolve())
      })
    }
    if (!gone) outgoing.end()
    return null
  } catch (error) {
    breakOff()
    return error
  } finally {
    outgoing.off('close', onClose)
    read.ended.removeEventListener('abort', breakOff)
  }
}
