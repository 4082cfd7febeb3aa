import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../../base/errors.ts'
import { ownProgram } from '../../../base/shipped.ts'
import { type FirstToken, type Order, type Prompt, Report, type Sampling, type StopReason } from './protocol.ts'
import type { ServedWeights } from './weights-source.ts'

export interface HostOptions {
  /** Where node-llama-cpp is installed. */
  readonly library: string
  readonly contextTokens: number
  readonly parallel: number
  readonly threads: number
}

/** Of an answer as it is made; the last one tells how it ended. */
export type Piece =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'end'
      readonly reason: StopReason
      readonly inputTokens: number
      readonly outputTokens: number
      /** Where it was asked for. */
      readonly firstToken: FirstToken | null
    }

const WEIGHTS_FD = 3

/** A model at work in a process of its own, which the weights end with. */
export class ModelHost {
  readonly gone: Promise<void>
  readonly #child: ChildProcess
  readonly #answers = new Map<number, Answer>()
  readonly #ready = Promise.withResolvers<void>()
  #lastId = 0
  #alive = true

  private constructor(weights: ServedWeights) {
    const file = fileURLToPath(ownProgram('gateway/upstreams/llama-cpp/model-process'))
    // A core dump would hold the weights; at a limit of 1 byte the kernel gives it to no handler either.
    this.#child = spawn('prlimit', ['--core=1:1', process.execPath, '--no-warnings', file], {
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', weights.fd, 'ipc'],
    })
    this.#child.on('message', (message) => this.#receive(Report.parse(message)))
    this.#child.on('error', () => {}) // `close` follows
    const gone = Promise.withResolvers<void>()
    this.gone = gone.promise
    this.#child.on('close', () => {
      this.#alive = false
      this.#ready.reject(unavailable('the process of the model ended'))
      for (const answer of this.#answers.values()) answer.fail(unavailable('the process of the model ended'))
      gone.resolve()
    })
    this.#ready.promise.catch(() => {})
    weights.ended.addEventListener('abort', () => this.#child.kill('SIGKILL'), { once: true })
    void gone.promise.then(() => weights[Symbol.asyncDispose]())
  }

  /** @throws {AppError} UPSTREAM_UNAVAILABLE saying why the model can't be loaded */
  static async load(weights: ServedWeights, options: HostOptions): Promise<ModelHost> {
    const { library, contextTokens, parallel, threads } = options
    const host = new ModelHost(weights)
    host.#send({ type: 'load', library, path: `/proc/self/fd/${WEIGHTS_FD}`, contextTokens, parallel, threads })
    if (weights.ended.aborted) host.#child.kill('SIGKILL')
    try {
      await host.#ready.promise
      return host
    } catch (error) {
      await host.close()
      throw error
    }
  }

  /** One answer, as it is made. Leaving the loop early stops it. */
  async *generate(prompt: Prompt, sampling: Sampling, signal: AbortSignal): AsyncGenerator<Piece, void, undefined> {
    signal.throwIfAborted()
    if (!this.#alive) throw unavailable('the process of the model ended')
    const id = ++this.#lastId
    const answer = new Answer()
    this.#answers.set(id, answer)
    const onAbort = () => answer.fail(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      this.#send({ type: 'generate', id, prompt, sampling })
      for (;;) {
        const piece = await answer.next()
        yield piece
        if (piece.type === 'end') return
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#answers.delete(id)
      this.#send({ type: 'stop', id })
    }
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.gone
  }

  #receive(report: Report): void {
    if (report.type === 'loaded') this.#ready.resolve()
    else if (report.type === 'failed') this.#ready.reject(unavailable(`the model can't be loaded: ${report.reason}`))
    else if (report.type === 'error') this.#answers.get(report.id)?.fail(unavailable('the model could not answer'))
    else this.#answers.get(report.id)?.push(report)
  }

  #send(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {})
  }
}

/** What came of an answer and was not taken yet. */
class Answer {
  readonly #pieces: Piece[] = []
  #error: unknown = null
  #wake: () => void = () => {}

  push(piece: Piece): void {
    this.#pieces.push(piece)
    this.#wake()
  }

  fail(error: unknown): void {
    this.#error ??= error
    this.#wake()
  }

  async next(): Promise<Piece> {
    for (;;) {
      const piece = this.#pieces.shift()
      if (piece !== undefined) return piece
      if (this.#error !== null) throw this.#error
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function unavailable(why: string): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', why)
}
