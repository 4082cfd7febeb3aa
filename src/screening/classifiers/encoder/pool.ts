import { AppError } from '../../../base/errors.ts'
import { BatchQueue, widthFor } from './batch-queue.ts'
import type { EncoderInput } from './input.ts'
import type { Batch } from './protocol.ts'
import { type ModelFile, unavailable, Worker, type WorkerLimits } from './worker.ts'

export interface PoolOptions extends WorkerLimits {
  /** Worker processes, each with one thread. */
  readonly workers: number
  /** Inputs that may wait; more are turned away at once. */
  readonly maxQueue: number
  /** Tokens of one run, padding included: bounds how long a batch takes and how much memory it needs. */
  readonly maxBatchTokens: number
  /** Longest from asking to answer. */
  readonly timeoutMs: number
  /** First pause before a failed worker is replaced; doubles with each failure in a row, to 128 times as much. */
  readonly restartMs: number
}

const MAX_DOUBLINGS = 7

/** One request's inputs: all are answered, or none. */
interface Ticket {
  readonly results: (Float32Array | undefined)[]
  left: number
  readonly resolve: (results: Float32Array[]) => void
  readonly reject: (error: unknown) => void
}

interface Job {
  readonly ticket: Ticket
  readonly index: number
  readonly input: EncoderInput
  readonly length: number
}

/** Spreads model runs over worker processes: bounded queue, batches of like length, dead workers replaced. */
export class EncoderPool {
  readonly #model: ModelFile
  readonly #options: PoolOptions
  readonly #queue: BatchQueue<Job>
  readonly #workers = new Set<Worker>()
  readonly #idle: Worker[] = []
  readonly #restarts = new Set<NodeJS.Timeout>()
  #failures = 0
  #closed = false

  private constructor(model: ModelFile, options: PoolOptions) {
    this.#model = model
    this.#options = options
    this.#queue = new BatchQueue(options.maxQueue, options.maxBatchTokens)
  }

  /**
   * Resolves when every worker has loaded the model.
   *
   * @throws {AppError} VERIFICATION_FAILED or CONFIG_INVALID for weights that can't be used; CLASSIFIER_UNAVAILABLE when a process
   *   could not start in time; the signal's reason when it aborts
   */
  static async open(model: ModelFile, options: PoolOptions, signal?: AbortSignal): Promise<EncoderPool> {
    signal?.throwIfAborted()
    const pool = new EncoderPool(model, options)
    const first = Array.from({ length: options.workers }, () => pool.#start())
    const stop = () => {
      for (const worker of first) worker.kill()
    }
    signal?.addEventListener('abort', stop, { once: true })
    try {
      await Promise.all(first.map(({ ready }) => ready))
      return pool
    } catch (error) {
      await pool.close()
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  /** Processes, and the largest resident memory that one of them reported after loading. */
  get state(): {
    readonly workers: number
    readonly pids: number[]
    readonly rssBytes: number
    readonly queued: number
  } {
    const workers = [...this.#workers]
    const rssBytes = workers.reduce((most, worker) => Math.max(most, worker.rssBytes), 0)
    const pids = workers.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
    return { workers: workers.length, pids, rssBytes, queued: this.#queue.size }
  }

  /**
   * Logits of each input.
   *
   * @throws {AppError} OVERLOADED when the queue is full or no answer came in time; CLASSIFIER_UNAVAILABLE when the worker failed or none
   *   is up; SHUTTING_DOWN after `close`; the signal's reason when it aborts
   */
  run(inputs: readonly EncoderInput[], signal?: AbortSignal): Promise<Float32Array[]> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#closed) return Promise.reject(new AppError('SHUTTING_DOWN', 'the encoder is closed'))
    if (inputs.length === 0) return Promise.resolve([])
    if (this.#workers.size === 0) return Promise.reject(unavailable('no encoder process is up'))
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array[]>()
    const ticket: Ticket = { results: inputs.map(() => undefined), left: inputs.length, resolve, reject }
    const jobs = inputs.map((input, index) => ({ ticket, index, input, length: input.ids.length }))
    if (!this.#queue.add(jobs)) {
      return Promise.reject(new AppError('OVERLOADED', 'too much waits for the encoder'))
    }
    this.#dispatch()
    return this.#watch(ticket, promise, signal)
  }

  /** Turns waiting work away, lets running work end, then ends the processes. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#restarts) clearTimeout(timer)
    this.#rejectQueued(new AppError('SHUTTING_DOWN', 'the encoder is closed'))
    await Promise.all([...this.#workers].map((worker) => worker.close()))
  }

  async #watch(ticket: Ticket, promise: Promise<Float32Array[]>, signal?: AbortSignal): Promise<Float32Array[]> {
    const abort = () => this.#drop(ticket, signal?.reason)
    const late = () => this.#drop(ticket, new AppError('OVERLOADED', 'the encoder did not answer in time'))
    const timer = setTimeout(late, this.#options.timeoutMs)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  /** What waits is not run; what runs, runs on for nobody. */
  #drop(ticket: Ticket, reason: unknown): void {
    this.#queue.remove((job) => job.ticket === ticket)
    ticket.reject(reason)
  }

  #start(): Worker {
    const worker = new Worker(this.#model, this.#options)
    this.#workers.add(worker)
    worker.ready.then(
      () => this.#becomeIdle(worker),
      () => worker.kill(),
    )
    void worker.gone.then(() => this.#replace(worker))
    return worker
  }

  #becomeIdle(worker: Worker): void {
    if (this.#closed || !worker.alive) return
    this.#idle.push(worker)
    this.#dispatch()
  }

  #replace(worker: Worker): void {
    this.#workers.delete(worker)
    const at = this.#idle.indexOf(worker)
    if (at >= 0) this.#idle.splice(at, 1)
    if (this.#closed) return
    if (this.#workers.size === 0) this.#rejectQueued(unavailable('no encoder process is up'))
    const pauseMs = this.#options.restartMs * 2 ** Math.min(this.#failures, MAX_DOUBLINGS)
    this.#failures += 1
    const timer = setTimeout(() => {
      this.#restarts.delete(timer)
      this.#start()
    }, pauseMs)
    timer.unref()
    this.#restarts.add(timer)
  }

  #rejectQueued(error: AppError): void {
    for (const { ticket } of this.#queue.takeAll()) ticket.reject(error)
  }

  #dispatch(): void {
    while (this.#queue.size > 0) {
      const worker = this.#idle.shift()
      if (worker === undefined) return
      void this.#runBatch(worker, this.#queue.take())
    }
  }

  async #runBatch(worker: Worker, jobs: readonly Job[]): Promise<void> {
    try {
      const logits = await worker.run(toBatch(jobs.map(({ input }) => input)))
      this.#settle(jobs, logits)
      this.#failures = 0
    } catch (error) {
      for (const { ticket } of jobs) this.#drop(ticket, error)
    }
    this.#becomeIdle(worker)
  }

  #settle(jobs: readonly Job[], logits: Float32Array): void {
    const { outputs } = this.#model
    for (const [row, { ticket, index }] of jobs.entries()) {
      const own = logits.slice(row * outputs, (row + 1) * outputs)
      if (own.length !== outputs || !own.every(Number.isFinite)) {
        this.#drop(ticket, unavailable('the encoder gave numbers that are not finite'))
        continue
      }
      ticket.results[index] = own
      ticket.left -= 1
      if (ticket.left === 0) ticket.resolve(ticket.results.flatMap((result) => (result === undefined ? [] : [result])))
    }
  }
}

function toBatch(inputs: readonly EncoderInput[]): Batch {
  const width = widthFor(Math.max(...inputs.map(({ ids }) => ids.length)))
  const ids = new Int32Array(inputs.length * width)
  for (const [row, input] of inputs.entries()) ids.set(input.ids, row * width)
  return {
    width: inputs.length === 1 ? (inputs[0]?.ids.length ?? width) : width,
    ids: inputs.length === 1 ? ids.subarray(0, inputs[0]?.ids.length ?? width) : ids,
    lengths: Int32Array.from(inputs, ({ ids }) => ids.length),
    typesFrom: Int32Array.from(inputs, ({ typesFrom }) => typesFrom),
  }
}
