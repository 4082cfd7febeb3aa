import { createHash, type Hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { runSegmentJob, type SegmentJob } from './segment.ts'

/** What the pool asks of a thread, in order. A digest is SHA-256 of the plaintext of the jobs that name it. */
export type WorkerOrder =
  | { readonly op: 'run'; readonly id: number; readonly job: SegmentJob; readonly digest: number | null }
  | { readonly op: 'start'; readonly digest: number }
  | { readonly op: 'copy'; readonly digest: number; readonly from: number }
  | { readonly op: 'read'; readonly id: number; readonly digest: number }
  | { readonly op: 'drop'; readonly digest: number }

/** The position that does not authenticate or null, the digest in hex; `undefined` when what was asked for could not be done. */
export interface WorkerAnswer {
  readonly id: number
  readonly result: number | string | null | undefined
}

const digests = new Map<number, Hash>()

parentPort?.on('message', (order: WorkerOrder) => {
  if (order.op === 'run') answer(order.id, run(order.job, order.digest))
  else if (order.op === 'read') answer(order.id, digests.get(order.digest)?.copy().digest('hex'))
  else if (order.op === 'start') digests.set(order.digest, createHash('sha256'))
  else if (order.op === 'drop') digests.delete(order.digest)
  else {
    const from = digests.get(order.from)
    if (from !== undefined) digests.set(order.digest, from.copy())
  }
})

function run(job: SegmentJob, digest: number | null): number | null | undefined {
  try {
    return runSegmentJob(job, digest === null ? undefined : digests.get(digest))
  } catch {
    return undefined // words of an error could hold what was worked on
  } finally {
    job.key.fill(0)
  }
}

function answer(id: number, result: WorkerAnswer['result']): void {
  const message: WorkerAnswer = { id, result }
  parentPort?.postMessage(message)
}
