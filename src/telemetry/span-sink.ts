import type { TraceFacts } from '../base/trace.ts'

/** One span that has ended. */
export interface EndedSpan {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly isParentRemote: boolean
  readonly name: string
  readonly kind: 'server' | 'client' | 'internal'
  /** Milliseconds since the epoch, with fractions. */
  readonly startMs: number
  readonly endMs: number
  readonly facts: TraceFacts
  /** Code of the failure; null for what went as it should. */
  readonly error: string | null
}

/** Where spans go. */
export interface SpanSink {
  /** Never throws and never waits: what finds no room is dropped. */
  add(span: EndedSpan): void
  /** Sends what waits, for as long as that takes within the exporter's own limit. */
  close(): Promise<void>
}
