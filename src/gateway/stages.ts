import type { Stage } from '../base/trace.ts'
import type { Call } from './call.ts'
import type { ServeContext } from './serve-context.ts'

type Timed = Pick<ServeContext, 'clock' | 'metrics'>
type Traced = Pick<Call, 'trace'>

/** A stage of a request has ended: it counts, and stands in the request's trace where it has one. */
export function stageEnded({ clock, metrics }: Timed, { trace }: Traced, stage: Stage, startMs: number): void {
  const endMs = clock.monotonic()
  metrics.observeStage(stage, (endMs - startMs) / 1_000)
  trace?.stage(stage, startMs, endMs)
}

/** The request is answered, or nobody is left to answer. */
export function endTrace({ clock }: Timed, { trace, record, res }: Call): void {
  if (trace === null) return
  const code = record.facts['error.type']
  const facts = { ...record.facts, 'http.response.status_code': res.statusCode }
  trace.end(clock.monotonic(), facts, typeof code === 'string' ? code : null)
}
