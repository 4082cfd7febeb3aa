import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../../base/errors.ts'
import type { SegmentEngine } from './engine.ts'
import type { SegmentJob } from './segment.ts'
import type { WorkerAnswer, WorkerJob } from './segment-worker.ts'

/** More than these wait for disks rather than for ciphers. */
const MOST_WORKERS = 4

/** A heap for messages: what is worked on lies outside of it. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 32 }

interface Hand {
  readonly worker: Worker
  readonly jobs: Map<number, { resolve(damaged: number | null): void; reject(error: AppError): void }>
}

/**
 * Threads that encrypt and decrypt: besides using several cores it keeps what ciphers allocate, a buffer for each segment, out of the heap of the
 * thread that serves, whose garbage collection would cost more than the ciphers do. Threads start when they are first needed.
 */
export class EnginePool implements SegmentEngine, AsyncDisposable {
  readonly #hands: Hand[] = []
  readonly #size: number
  #nextId = 0
  #isClosed = false

  constructor(size = Math.min(MOST_WORKERS, availableParallelism())) {
    this.#size = size
  }

  /** The job's memory should be shared (`sharedBuffer`): other memory is copied there, and not back. */
  run(job: SegmentJob): Promise<number | null> {
    if (this.#isClosed) return Promise.reject(new AppError('SHUTTING_DOWN', 'the vault is closed'))
    const hand = this.#leastBusy()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      if (hand.jobs.size === 0) hand.worker.ref()
      hand.jobs.set(id, { resolve, reject })
      const key = Uint8Array.from(job.key)
      const message: WorkerJob = { id, job: { ...job, key } }
      hand.worker.postMessage(message, [key.buffer]) // moved, not copied: it is cleared there
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#hands.map(({ worker }) => worker.terminate()))
  }

  #leastBusy(): Hand {
    const idle = this.#hands.find(({ jobs }) => jobs.size === 0)
    if (idle !== undefined) return idle
    if (this.#hands.length < this.#size) return this.#start()
    return this.#hands.reduce((least, hand) => (hand.jobs.size < least.jobs.size ? hand : least))
  }

  #start(): Hand {
    const file = new URL(`./segment-worker${extname(import.meta.url)}`, import.meta.url)
    const hand: Hand = {
      worker: new Worker(file, { name: 'safelevel-weights', resourceLimits: LIMITS }),
      jobs: new Map(),
    }
    hand.worker.on('message', ({ id, damaged }: WorkerAnswer) => {
      const job = hand.jobs.get(id)
      hand.jobs.delete(id)
      if (hand.jobs.size === 0) hand.worker.unref()
      if (damaged === undefined) job?.reject(new AppError('INTERNAL', 'a segment could not be worked on'))
      else job?.resolve(damaged)
    })
    hand.worker.on('error', () => {}) // `exit` follows
    hand.worker.on('exit', () => {
      this.#hands.splice(this.#hands.indexOf(hand), 1)
      for (const job of hand.jobs.values()) job.reject(new AppError('INTERNAL', 'a thread of the vault ended'))
    })
    this.#hands.push(hand)
    return hand
  }
}
