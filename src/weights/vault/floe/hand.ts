import { Worker } from 'node:worker_threads'
import { AppError } from '../../../base/errors.ts'
import { ownProgram } from '../../../base/shipped.ts'
import type { SegmentJob } from './segment.ts'
import type { WorkerAnswer, WorkerOrder } from './segment-worker.ts'

/** A heap for messages: what is worked on lies outside of it. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 32 }

type Result = WorkerAnswer['result']

/** One thread of the pool. It keeps no process alive but while something is asked of it. */
export class Hand {
  /** Digests that it holds. */
  readonly digests = new Set<number>()
  readonly #worker: Worker
  readonly #waiting = new Map<number, { resolve(result: Result): void; reject(error: AppError): void }>()
  #next = 0
  #hasEnded = false

  /** @param onEnd when the thread is gone, with the digests that it held */
  constructor(onEnd: () => void) {
    const file = ownProgram('weights/vault/floe/segment-worker')
    this.#worker = new Worker(file, { name: 'safelevel-weights', resourceLimits: LIMITS })
    this.#worker.unref()
    this.#worker.on('message', ({ id, result }: WorkerAnswer) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) this.#worker.unref()
      waiting?.resolve(result)
    })
    this.#worker.on('error', () => {}) // `exit` follows
    this.#worker.on('exit', () => {
      this.#hasEnded = true
      onEnd()
      for (const { reject } of this.#waiting.values()) reject(new AppError('INTERNAL', 'a thread of the vault ended'))
      this.#waiting.clear()
    })
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Jobs that wait or run. */
  get jobs(): number {
    return this.#waiting.size
  }

  /** @throws {AppError} INTERNAL when it could not be run, or the thread ended */
  async run(job: SegmentJob, digest: number | null = null): Promise<number | null> {
    const key = Uint8Array.from(job.key)
    const order = { op: 'run', job: { ...job, key }, digest } as const
    const result = await this.#ask((id) => ({ ...order, id }), [key.buffer]) // moved, not copied: it is cleared there
    if (result === undefined || typeof result === 'string')
      throw new AppError('INTERNAL', 'a segment could not be worked on')
    return result
  }

  /** @returns null when it has no such digest */
  async read(digest: number): Promise<string | null> {
    const result = await this.#ask((id) => ({ op: 'read', id, digest }))
    return typeof result === 'string' ? result : null
  }

  startDigest(digest: number): void {
    this.digests.add(digest)
    this.#send({ op: 'start', digest })
  }

  copyDigest(digest: number, from: number): void {
    this.digests.add(digest)
    this.#send({ op: 'copy', digest, from })
  }

  dropDigest(digest: number): void {
    this.digests.delete(digest)
    this.#send({ op: 'drop', digest })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #ask(order: (id: number) => WorkerOrder, moved: ArrayBuffer[] = []): Promise<Result> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waiting.set(id, { resolve, reject })
      this.#send(order(id), moved)
    })
  }

  #send(order: WorkerOrder, moved: ArrayBuffer[] = []): void {
    this.#worker.postMessage(order, moved)
  }
}
