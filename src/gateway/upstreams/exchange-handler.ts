import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** Bytes that may wait to be read before the upstream is told to pause. */
const HIGH_WATER_BYTES = 256 * 1024

interface Head {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

/**
 * One answer of an upstream, read from undici's parser without a stream in between: its head by promise, then its body by iteration.
 * A reader that stops early, and an abort, end the connection; a reader that is slow pauses it.
 */
export class ExchangeHandler implements Dispatcher.DispatchHandler, AsyncIterable<Uint8Array> {
  readonly head: Promise<Head>
  readonly #signal: AbortSignal
  readonly #explain: (error: unknown) => unknown
  readonly #onAbort: () => void
  #resolveHead: (head: Head) => void = () => {}
  #rejectHead: (error: unknown) => void = () => {}
  #controller: Dispatcher.DispatchController | null = null
  #chunks: Uint8Array[] = []
  #waitingBytes = 0
  #ended = false
  #error: unknown
  #wake: (() => void) | null = null

  /** @param explain what a reader of the body gets for an error of the connection. */
  constructor(signal: AbortSignal, explain: (error: unknown) => unknown) {
    this.#signal = signal
    this.#explain = explain
    this.head = new Promise((resolve, reject) => {
      this.#resolveHead = resolve
      this.#rejectHead = reject
    })
    this.#onAbort = () => this.#stop(signal.reason)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal.aborted) this.#stop(this.#signal.reason)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.#resolveHead({ status, headers })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#waitingBytes > HIGH_WATER_BYTES) controller.pause()
    this.#wake?.()
  }

  onResponseEnd(): void {
    this.#finish(undefined)
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#finish(error)
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (;;) {
        const chunks = this.#chunks
        this.#chunks = []
        this.#waitingBytes = 0
        if (this.#controller?.paused) this.#controller.resume()
        yield* chunks
        if (this.#chunks.length > 0) continue
        if (this.#error !== undefined) throw this.#explain(this.#error)
        if (this.#ended) return
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        this.#wake = null
      }
    } finally {
      if (!this.#ended) this.#stop(new Error('the answer was not read to its end'))
    }
  }

  #stop(reason: unknown): void {
    this.#controller?.abort(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
    this.#finish(reason)
  }

  #finish(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#signal.removeEventListener('abort', this.#onAbort)
    if (error !== undefined) this.#rejectHead(error)
    this.#wake?.()
  }
}
