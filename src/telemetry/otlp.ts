import { type HrTime, type Link, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type ReadableSpan, type SpanProcessor, type TimedEvent } from '@opentelemetry/sdk-trace'
import { VERSION } from '../base/version.ts'
import type { EndedSpan, SpanSink } from './span-sink.ts'

const SCOPE = { name: 'safelevel', version: VERSION }
const QUEUE_SPANS = 8_192
const BATCH_SPANS = 512
const DELAY_MS = 2_000
const EXPORT_MS = 10_000
const NO_LINKS: Link[] = []
const NO_EVENTS: TimedEvent[] = []
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL }

export interface OtlpOptions {
  /** Up to and without `/v1/traces`. */
  readonly endpoint: string
  readonly headers: ReadonlyMap<string, string>
  readonly serviceName: string
  /** Tells this process from the other replicas. */
  readonly instance: string
}

/** Spans to a collector, by OTLP over HTTP in its JSON form, in batches; what a collector that is away can't take is dropped. */
export class OtlpSink implements SpanSink {
  readonly #processor: SpanProcessor
  readonly #resource: ReadableSpan['resource']

  constructor({ endpoint, headers, serviceName, instance }: OtlpOptions) {
    this.#resource = resourceFromAttributes({
      'service.name': serviceName,
      'service.version': VERSION,
      'service.instance.id': instance,
    })
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/+$/, '').replace(/\/v1\/traces$/, '')}/v1/traces`,
      headers: Object.fromEntries(headers),
      timeoutMillis: EXPORT_MS,
    })
    this.#processor = new BatchSpanProcessor({
      exporter,
      maxQueueSize: QUEUE_SPANS,
      maxExportBatchSize: BATCH_SPANS,
      scheduledDelayMillis: DELAY_MS,
      exportTimeoutMillis: EXPORT_MS,
    })
  }

  add(span: EndedSpan): void {
    this.#processor.onEnd(toReadable(span, this.#resource))
  }

  async close(): Promise<void> {
    await this.#processor.shutdown()
  }
}

function toReadable(span: EndedSpan, resource: ReadableSpan['resource']): ReadableSpan {
  const context: SpanContext = { traceId: span.traceId, spanId: span.spanId, traceFlags: TraceFlags.SAMPLED }
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context,
    ...(span.parentSpanId === null
      ? {}
      : { parentSpanContext: { ...context, spanId: span.parentSpanId, isRemote: span.isParentRemote } }),
    startTime: toHrTime(span.startMs),
    endTime: toHrTime(span.endMs),
    duration: toHrTime(Math.max(0, span.endMs - span.startMs)),
    // `message` is left out: nothing in a trace is prose.
    status: { code: span.error === null ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
    attributes: span.facts,
    links: NO_LINKS,
    events: NO_EVENTS,
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

/** Seconds and nanoseconds. */
function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)]
}
