import type { Clock } from '../../../base/clock.ts'
import { AppError, toAppError } from '../../../base/errors.ts'
import type { Ids } from '../../../base/ids.ts'
import { DIALECTS } from '../../dialects/index.ts'
import type { Upstream, UpstreamRequest, UpstreamResponse } from '../upstream.ts'
import { findLlama } from './library.ts'
import { type HostOptions, ModelHost } from './model-host.ts'
import { type AnswerHead, type Asked, readAsked, streamedAnswer, wholeAnswer } from './openai.ts'
import type { OwnWeights } from './weights-source.ts'

export interface LlamaOptions extends HostOptions {
  readonly weights: OwnWeights
  readonly clock: Clock
  readonly ids: Ids
}

/** So long nobody tries again to load a model that could not be loaded. */
const RETRY_MS = 5_000

/**
 * A model served by llama.cpp in a process of its own, loaded by the first request. Weights from the vault are read under a grant, lie in
 * memory that has no name, and are gone when the grant ends.
 */
export class LlamaUpstream implements Upstream {
  readonly #options: LlamaOptions
  #host: Promise<ModelHost> | null = null
  #failedMs = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(options: LlamaOptions) {
    this.#options = options
  }

  async send({ dialect, body, signal }: UpstreamRequest): Promise<UpstreamResponse> {
    signal.throwIfAborted()
    let asked: Asked
    try {
      asked = readAsked(dialect, body)
    } catch (thrown) {
      const { status, body: error } = DIALECTS[dialect].error(toAppError(thrown), this.#options.ids.next('req'))
      return json(status, error)
    }
    const host = await this.#running(signal)
    const { clock, ids } = this.#options
    const id = ids.next(dialect === 'openai-chat' ? 'chatcmpl' : 'cmpl')
    const head: AnswerHead = { id, createdSeconds: Math.floor(clock.now() / 1_000), dialect, asked }
    const pieces = host.generate(asked.prompt, asked.sampling, signal)
    if (asked.stream) {
      const headers = { 'content-type': 'text/event-stream; charset=utf-8' }
      return { status: 200, headers, body: streamedAnswer(head, pieces) }
    }
    let text = ''
    for await (const piece of pieces) {
      if (piece.type === 'end') return json(200, wholeAnswer(head, text, piece))
      text += piece.text
    }
    throw new AppError('UPSTREAM_UNAVAILABLE', 'the model’s answer has no end')
  }

  /** Whether what it needs is there; no weights are read. */
  async reach(): Promise<void> {
    const { library, weights } = this.#options
    try {
      findLlama(library)
    } catch (cause) {
      throw new AppError('UPSTREAM_UNAVAILABLE', `node-llama-cpp is not installed in ${library}`, { cause })
    }
    await weights.reach?.()
  }

  async close(): Promise<void> {
    this.#closed = true
    const host = await this.#host?.catch(() => null)
    await host?.close()
  }

  /** The model, loaded once for all who ask; whoever goes away meanwhile doesn't stop that. */
  async #running(signal: AbortSignal): Promise<ModelHost> {
    if (this.#closed) throw new AppError('SHUTTING_DOWN', 'this model is no longer served')
    this.#host ??= this.#load()
    const gone = Promise.withResolvers<never>()
    const onAbort = () => gone.reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([this.#host, gone.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  async #load(): Promise<ModelHost> {
    const { clock, weights } = this.#options
    try {
      if (clock.monotonic() - this.#failedMs < RETRY_MS)
        throw new AppError('UPSTREAM_UNAVAILABLE', 'the model could not be loaded a moment ago')
      const host = await ModelHost.load(await weights.open(), this.#options)
      void host.gone.then(() => {
        this.#host = null // the next request loads it again, if its grant still lets it
      })
      return host
    } catch (cause) {
      this.#host = null
      if (clock.monotonic() - this.#failedMs >= RETRY_MS) this.#failedMs = clock.monotonic()
      if (cause instanceof AppError && cause.code === 'UPSTREAM_UNAVAILABLE') throw cause
      throw new AppError('UPSTREAM_UNAVAILABLE', 'the model’s weights can’t be read', { cause })
    }
  }
}

function json(status: number, body: unknown): UpstreamResponse {
  const bytes = Buffer.from(JSON.stringify(body))
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: (async function* () {
      yield bytes
    })(),
  }
}
