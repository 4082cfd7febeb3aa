import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../base/errors.ts'
import type { DigestOrder, DigestReply } from './digest-worker.ts'

/** A heap for messages: what is digested lies outside of it. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 32 }

interface Waiting {
  resolve(hex: string | null): void
  reject(error: AppError): void
}

/** SHA-256 of something that comes piece by piece, computed elsewhere. */
export interface ThreadDigest {
  /** @param bytes shared memory, left unchanged until this resolves */
  update(bytes: Uint8Array): Promise<void>
  /** As it is after what was given so far. */
  copy(): ThreadDigest
  /** @returns hex, of what was given so far; null when the thread has ended meanwhile */
  read(): Promise<string | null>
  drop(): void
}

/**
 * One thread that computes digests: the slowest step of sealing, so it goes beside the others. Started when it is first needed; digests do not
 * outlive it.
 */
export class DigestThread implements AsyncDisposable {
  #worker: Worker | null = null
  #next = 0
  #isClosed = false
  readonly #waiting = new Map<number, Waiting>()

  /** @throws {AppError} SHUTTING_DOWN */
  start(): ThreadDigest {
    const digest = this.#next++
    this.#send({ op: 'start', digest })
    return this.#digest(digest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
  }

  #digest(digest: number): ThreadDigest {
    return {
      update: async (bytes) => {
        await this.#ask((reply) => ({ op: 'update', digest, bytes, reply }))
      },
      copy: () => {
        const to = this.#next++
        this.#send({ op: 'copy', digest: to, from: digest })
        return this.#digest(to)
      },
      read: () => this.#ask((reply) => ({ op: 'read', digest, reply })),
      drop: () => {
        if (this.#worker !== null && !this.#isClosed) this.#send({ op: 'drop', digest })
      },
    }
  }

  #ask(order: (reply: number) => DigestOrder): Promise<string | null> {
    const reply = this.#next++
    return new Promise((resolve, reject) => {
      this.#send(order(reply))
      if (this.#waiting.size === 0) this.#worker?.ref()
      this.#waiting.set(reply, { resolve, reject })
    })
  }

  #send(order: DigestOrder): void {
    if (this.#isClosed) throw new AppError('SHUTTING_DOWN', 'the vault is closed')
    this.#worker ??= this.#open()
    this.#worker.postMessage(order)
  }

  #open(): Worker {
    const file = new URL(`./digest-worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(file, { name: 'safelevel-digests', resourceLimits: LIMITS })
    worker.unref()
    worker.on('message', ({ reply, hex }: DigestReply) => {
      this.#waiting.get(reply)?.resolve(hex)
      this.#waiting.delete(reply)
      if (this.#waiting.size === 0) worker.unref()
    })
    worker.on('error', () => {}) // `exit` follows
    worker.on('exit', () => {
      this.#worker = null
      for (const { reject } of this.#waiting.values()) reject(new AppError('INTERNAL', 'the thread of digests ended'))
      this.#waiting.clear()
    })
    return worker
  }
}
