import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import {
  type RequestTrace,
  readTraceParent,
  type Stage,
  type TraceFacts,
  type TraceParent,
  type Tracer,
  writeTraceParent,
} from '../base/trace.ts'
import type { SpanSink } from './span-sink.ts'

const SAMPLED = 1
/** A ratio is taken of the last 7 bytes of a trace's id: those that W3C Trace Context Level 2 wants to be random. */
const RANDOM_BYTES = 7
const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  decode: 'decode',
  screen_prompt: 'screen prompt',
  upstream: 'upstream',
  screen_completion: 'screen completion',
  windows: 'windows',
  revision: 'revision',
  record: 'record',
}

export interface TracingDeps {
  readonly sink: SpanSink
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Part of the requests that are traced. */
  readonly sampleRatio: number
}

/**
 * Traces requests: one span for each, and one below it for each stage. Which requests, their trace's id says, so that every server that
 * sees a trace and has the same ratio decides alike. The caller's own wish to be sampled does not count: it could fill our store.
 */
export class Tracing implements Tracer, AsyncDisposable {
  readonly #deps: TracingDeps
  readonly #below: bigint

  constructor(deps: TracingDeps) {
    this.#deps = deps
    this.#below = BigInt(Math.round(deps.sampleRatio * 2 ** 53)) << 3n
  }

  begin(name: string, headers: IncomingHttpHeaders, startMs: number): RequestTrace | null {
    const parent = readTraceParent(headers)
    const traceId = parent?.traceId ?? this.#id(16)
    if (!this.#isSampled(traceId)) return null
    const { clock, sink } = this.#deps
    const spanId = this.#id(8)
    const offsetMs = clock.now() - clock.monotonic()
    return new TracedRequest(sink, { traceId, spanId, parent, name, offsetMs, startMs, next: () => this.#id(8) })
  }

  passOn(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
    const parent = readTraceParent(headers)
    return parent === null ? {} : { traceparent: writeTraceParent(parent) }
  }

  /** Sends what waits. */
  async close(): Promise<void> {
    await this.#deps.sink.close().catch((err: unknown) => this.#deps.log.warn({ err }, 'the last traces were not sent'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #isSampled(traceId: string): boolean {
    return BigInt(`0x${traceId.slice(-2 * RANDOM_BYTES)}`) < this.#below
  }

  /** Not all zeros, which W3C Trace Context forbids. */
  #id(bytes: number): string {
    const id = this.#deps.ids.bytes(bytes)
    if (id.every((byte) => byte === 0)) id[0] = 1
    return id.toString('hex')
  }
}

interface TracedParts {
  readonly traceId: string
  readonly spanId: string
  readonly parent: TraceParent | null
  readonly name: string
  /** From monotonic milliseconds to those since the epoch. */
  readonly offsetMs: number
  readonly startMs: number
  readonly next: () => string
}

class TracedRequest implements RequestTrace {
  readonly onward: Readonly<Record<string, string>>
  readonly #sink: SpanSink
  readonly #parts: TracedParts
  #facts: TraceFacts = {}

  constructor(sink: SpanSink, parts: TracedParts) {
    this.#sink = sink
    this.#parts = parts
    this.onward = { traceparent: writeTraceParent({ traceId: parts.traceId, spanId: parts.spanId, flags: SAMPLED }) }
  }

  stage(stage: Stage, startMs: number, endMs: number, facts: TraceFacts = {}): void {
    const { traceId, spanId, offsetMs, next } = this.#parts
    this.#sink.add({
      traceId,
      spanId: next(),
      parentSpanId: spanId,
      isParentRemote: false,
      name: STAGE_NAMES[stage],
      kind: stage === 'upstream' ? 'client' : 'internal',
      startMs: startMs + offsetMs,
      endMs: endMs + offsetMs,
      facts,
      error: null,
    })
  }

  set(facts: TraceFacts): void {
    this.#facts = { ...this.#facts, ...facts }
  }

  end(endMs: number, facts: TraceFacts, error: string | null): void {
    const { traceId, spanId, parent, name, offsetMs, startMs } = this.#parts
    this.#sink.add({
      traceId,
      spanId,
      parentSpanId: parent?.spanId ?? null,
      isParentRemote: parent !== null,
      name,
      kind: 'server',
      startMs: startMs + offsetMs,
      endMs: endMs + offsetMs,
      facts: { ...this.#facts, ...facts },
      error,
    })
  }
}
