import type { AuditFinding, AuditSampleRow, EvidenceRequest } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export const SAMPLE_STATES: Record<AuditSampleRow['state'], readonly [State, string]> = {
  ordered: ['watch', 'ordered, to be drawn'],
  drawn: ['watch', 'to be examined'],
  closed: ['holds', 'concluded'],
}

export const VERDICTS: Record<AuditFinding['verdict'], readonly [State, string]> = {
  ok: ['holds', 'ok'],
  exception: ['fails', 'exception'],
  not_testable: ['unknown', 'not testable'],
}

/** How a request stands at an instant. */
export function requestState({ state, dueAt }: EvidenceRequest, nowMs: number): readonly [State, string] {
  if (state === 'open') return Date.parse(dueAt) <= nowMs ? ['fails', 'overdue'] : ['watch', 'to be answered']
  if (state === 'answered') return ['watch', 'to be judged']
  return state === 'accepted' ? ['holds', 'accepted'] : ['unknown', 'withdrawn']
}

export function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(1))} %`
}
