import { type ChildProcess, fork } from 'node:child_process'
import { AppError } from '../../../base/errors.ts'
import { ownProgram } from '../../../base/shipped.ts'
import { Answer, type Ask, type Batch } from './protocol.ts'

/** What a worker loads. */
export interface ModelFile {
  readonly path: string
  readonly sha256: string
  /** Columns of its logits. */
  readonly outputs: number
}

export interface WorkerLimits {
  /** Longest that one run may take; a worker that is slower is ended and replaced. */
  readonly runTimeoutMs: number
  /** Longest that loading the model may take. */
  readonly loadTimeoutMs: number
}

const CLOSE_GRACE_MS = 2_000
/** glibc gives freed blocks of this size back, instead of learning to keep ever larger ones: a sixth less memory. */
const ALLOCATOR = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' }
/** The heap holds messages only; tensors and weights live outside it. */
const FLAGS = ['--max-old-space-size=96', '--max-semi-space-size=2', '--no-warnings', '--expose-gc']

/**
 * One worker process, which runs one batch at a time. The process gets no environment, so no secrets, and neither input nor output but
 * for its message channel.
 */
export class Worker {
  /** Resolves when the model is loaded; rejects when it can't be. */
  readonly ready: Promise<void>
  /** Resolves when the process is gone, for whatever reason. */
  readonly gone: Promise<void>
  /** Resident memory after loading, in bytes. */
  rssBytes = 0
  readonly #child: ChildProcess
  readonly #limits: WorkerLimits
  #running: Running | undefined
  #lastId = 0
  #alive = true
  #timer: NodeJS.Timeout | undefined

  constructor(model: ModelFile, limits: WorkerLimits) {
    this.#limits = limits
    const file = ownProgram('screening/classifiers/encoder/worker-process')
    this.#child = fork(file, [], {
      execArgv: FLAGS,
      env: process.platform === 'win32' ? { SystemRoot: process.env.SystemRoot } : ALLOCATOR,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const opened = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    this.ready = opened.promise
    this.gone = gone.promise
    this.ready.catch(() => {}) // whoever waits is told; nobody need wait
    this.#limitTime(limits.loadTimeoutMs)
    this.#child.on('message', (message) => this.#receive(Answer.parse(message), opened))
    this.#child.on('error', () => {}) // a failed spawn or send: `exit` or `close` follows
    this.#child.on('close', () => {
      clearTimeout(this.#timer)
      this.#alive = false
      const error = unavailable('an encoder process ended')
      opened.reject(error)
      this.#running?.reject(error)
      this.#running = undefined
      gone.resolve()
    })
    this.#send({ type: 'open', modelPath: model.path, sha256: model.sha256, outputs: model.outputs })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Logits, row-major [rows, outputs]. Rejects when the model or the process fails; at most one call at a time. */
  run(batch: Batch): Promise<Float32Array> {
    if (!this.#alive) return Promise.reject(unavailable('an encoder process ended'))
    const { promise, resolve, reject } = Promise.withResolvers<Float32Array>()
    this.#lastId += 1
    this.#running = { id: this.#lastId, resolve, reject }
    this.#limitTime(this.#limits.runTimeoutMs)
    this.#send({ type: 'run', id: this.#lastId, batch })
    return promise
  }

  /** Lets a running batch end, within the grace; then the process goes, by force if it must. */
  async close(): Promise<void> {
    this.#send({ type: 'close' })
    const timer = setTimeout(() => this.kill(), CLOSE_GRACE_MS)
    await this.gone
    clearTimeout(timer)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #send(ask: Ask): void {
    if (this.#child.connected) this.#child.send(ask, () => {})
  }

  #limitTime(limitMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.kill(), limitMs)
  }

  #receive(answer: Answer, opened: PromiseWithResolvers<void>): void {
    clearTimeout(this.#timer)
    if (answer.type === 'ready') {
      this.rssBytes = answer.rssBytes
      opened.resolve()
    } else if (answer.type === 'refused') {
      opened.reject(refused(answer))
      this.kill()
    } else if (answer.id === this.#running?.id) {
      const { resolve, reject } = this.#running
      this.#running = undefined
      if (answer.type === 'done') resolve(answer.logits)
      else reject(unavailable('the encoder failed on an input', new Error(answer.detail)))
    }
  }
}

interface Running {
  readonly id: number
  readonly resolve: (logits: Float32Array) => void
  readonly reject: (error: Error) => void
}

export function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('CLASSIFIER_UNAVAILABLE', message, { cause })
}

function refused({ reason, detail }: Extract<Answer, { type: 'refused' }>): AppError {
  const cause = new Error(detail)
  if (reason === 'digest') {
    return new AppError('VERIFICATION_FAILED', 'the weights of the encoder are not the ones that its manifest names', {
      cause,
    })
  }
  return new AppError('CONFIG_INVALID', 'the weights of the encoder can’t be loaded: reinstall', { cause })
}
