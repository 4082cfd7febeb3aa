import { createHash, type Hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/** What is asked of the thread, in order. */
export type DigestOrder =
  | { readonly op: 'start'; readonly digest: number }
  | { readonly op: 'copy'; readonly digest: number; readonly from: number }
  | { readonly op: 'update'; readonly digest: number; readonly bytes: Uint8Array; readonly reply: number }
  | { readonly op: 'read'; readonly digest: number; readonly reply: number }
  | { readonly op: 'drop'; readonly digest: number }

/** @param hex of a `read`; null for an `update` that is done, and for a digest that there is not */
export interface DigestReply {
  readonly reply: number
  readonly hex: string | null
}

const digests = new Map<number, Hash>()

parentPort?.on('message', (order: DigestOrder) => {
  const known = digests.get(order.op === 'copy' ? order.from : order.digest)
  if (order.op === 'start') digests.set(order.digest, createHash('sha256'))
  else if (order.op === 'copy' && known !== undefined) digests.set(order.digest, known.copy())
  else if (order.op === 'drop') digests.delete(order.digest)
  else if (order.op === 'update') {
    known?.update(order.bytes)
    reply(order.reply, null)
  } else if (order.op === 'read') reply(order.reply, known?.copy().digest('hex') ?? null)
})

function reply(to: number, hex: string | null): void {
  const answer: DigestReply = { reply: to, hex }
  parentPort?.postMessage(answer)
}
