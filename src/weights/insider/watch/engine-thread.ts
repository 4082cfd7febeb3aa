import { Worker } from 'node:worker_threads'
import { AppError } from '../../../base/errors.ts'
import { ownProgram } from '../../../base/shipped.ts'
import type { Activity } from '../activity/index.ts'
import type { Fed, Standing } from './engine.ts'
import type { EngineAnswer, EngineInput, EngineOrder, EngineReply } from './messages.ts'

/** What the watch asks of its thread. */
export interface EnginePort extends AsyncDisposable {
  feed(activities: readonly Activity[], nowMs: number): Promise<{ fed: Fed; newestMs: number }>
  restore(state: Uint8Array): Promise<{ fed: Fed; newestMs: number }>
  snapshot(): Promise<Uint8Array>
  standings(most: number): Promise<readonly Standing[]>
}

/** Detection on a thread of its own. What it fails at it says; when the thread ends, whoever waits hears of it. Keeps no process alive. */
export class EngineThread implements EnginePort {
  readonly #worker: Worker
  readonly #waiting = new Map<number, { resolve(answer: EngineAnswer): void; reject(error: Error): void }>()
  #next = 0
  #hasEnded = false

  constructor(input: EngineInput) {
    const file = ownProgram('weights/insider/watch/engine-worker')
    this.#worker = new Worker(file, { workerData: input, name: 'safelevel-insider' })
    this.#worker.unref()
    this.#worker.on('message', (reply: EngineReply) => {
      const waiting = this.#waiting.get(reply.id)
      this.#waiting.delete(reply.id)
      if (this.#waiting.size === 0) this.#worker.unref()
      if ('answer' in reply) waiting?.resolve(reply.answer)
      else waiting?.reject(faultOf(reply.fault))
    })
    this.#worker.on('error', () => {}) // `exit` follows
    this.#worker.on('exit', () => {
      this.#hasEnded = true
      for (const { reject } of this.#waiting.values()) reject(ended())
      this.#waiting.clear()
    })
  }

  async feed(activities: readonly Activity[], nowMs: number): Promise<{ fed: Fed; newestMs: number }> {
    return fedOf(await this.#ask({ op: 'feed', activities, nowMs }))
  }

  async restore(state: Uint8Array): Promise<{ fed: Fed; newestMs: number }> {
    return fedOf(await this.#ask({ op: 'restore', state }))
  }

  async snapshot(): Promise<Uint8Array> {
    const answer = await this.#ask({ op: 'snapshot' })
    if ('state' in answer) return answer.state
    throw ended()
  }

  async standings(most: number): Promise<readonly Standing[]> {
    const answer = await this.#ask({ op: 'standings', most })
    return 'standings' in answer ? answer.standings : []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }

  #ask(order: EngineOrder): Promise<EngineAnswer> {
    if (this.#hasEnded) return Promise.reject(ended())
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage({ id, order })
    })
  }
}

function fedOf(answer: EngineAnswer): { fed: Fed; newestMs: number } {
  if ('fed' in answer) return answer
  throw ended()
}

function faultOf({ code, message }: { code: string; message: string }): AppError {
  return new AppError(code === 'VERIFICATION_FAILED' ? code : 'INTERNAL', message)
}

function ended(): AppError {
  return new AppError('INTERNAL', 'the thread of the watch ended')
}
