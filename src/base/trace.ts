import type { IncomingHttpHeaders } from 'node:http'

/** What a request spends its time on, in the order in which it comes to it. */
export const STAGES = [
  'decode',
  'screen_prompt',
  'upstream',
  'screen_completion',
  'windows',
  'revision',
  'record',
] as const
export type Stage = (typeof STAGES)[number]

/** Facts about a request: identifiers, sizes and codes, never what people or models said. */
export type TraceFacts = Readonly<Record<string, string | number | boolean>>

/** One request as it is traced. Times are monotonic milliseconds of the clock that the tracer was given. Nothing here throws. */
export interface RequestTrace {
  /** Headers that let the next server take the trace up: `traceparent`. */
  readonly onward: Readonly<Record<string, string>>
  /** A stage that has ended. */
  stage(stage: Stage, startMs: number, endMs: number, facts?: TraceFacts): void
  set(facts: TraceFacts): void
  /** @param error code of the failure, null for a request that was served or refused. */
  end(endMs: number, facts: TraceFacts, error: string | null): void
}

/** Decides which requests are traced. */
export interface Tracer {
  /** @returns null for a request that is not traced. */
  begin(name: string, headers: IncomingHttpHeaders, startMs: number): RequestTrace | null
  /** What an untraced request hands on of the trace it came with. */
  passOn(headers: IncomingHttpHeaders): Readonly<Record<string, string>>
}

/** `00-<trace>-<span>-<flags>`, W3C Trace Context §3.2; all-zero ids are invalid, and so is version ff. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
}

/** The caller's trace; null when there is none that makes sense, and then a new one begins. */
export function readTraceParent(headers: IncomingHttpHeaders): TraceParent | null {
  const { traceparent } = headers
  if (typeof traceparent !== 'string' || traceparent.length !== 55) return null
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent) ?? []
  return traceId === '' ? null : { traceId, spanId, flags: Number.parseInt(flags, 16) }
}

export function writeTraceParent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${(flags & 0xff).toString(16).padStart(2, '0')}`
}
