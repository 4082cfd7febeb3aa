import type { OpenRead } from '../../weights/reading/index.ts'

/** Up to this, Node's buffers take a piece without asking whoever writes to wait. */
const SMALL_BYTES = 256 * 1024

/**
 * A read as the body of an answer: one piece at a time, and only when the connection has taken the one before. It breaks off as soon as the read
 * ends, also while a slow client takes nothing, so that the client sees a cut and not an end.
 */
export function bodyOf(read: OpenRead): ReadableStream<Uint8Array<ArrayBufferLike>> {
  const pieces = read[Symbol.asyncIterator]()
  const { ended } = read
  let onEnded = () => {}
  const finish = () => {
    ended.removeEventListener('abort', onEnded)
    read[Symbol.dispose]()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        onEnded = () => {
          controller.error(ended.reason)
          finish()
        }
        ended.addEventListener('abort', onEnded, { once: true })
        if (ended.aborted) onEnded()
      },
      async pull(controller) {
        try {
          const { done, value } = await pieces.next()
          if (ended.aborted) return
          if (done === true) {
            finish()
            controller.close()
          } else controller.enqueue(keepable(value))
        } catch (error) {
          if (ended.aborted) return
          finish()
          controller.error(error)
        }
      },
      async cancel() {
        finish()
        await pieces.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * A piece is good until the next is asked for. That is asked for once the connection has taken a large one, but at once after one so small
 * that it still fits Node's buffers: those are copied.
 */
function keepable(piece: Buffer): Uint8Array {
  return piece.length < SMALL_BYTES ? Uint8Array.prototype.slice.call(piece) : piece
}
