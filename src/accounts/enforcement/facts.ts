import type { EventValue, LedgerEvent } from '../../ledger/index.ts'
import { SEVERITIES, type StrikeSeverity } from './schema.ts'

/** A decision that is held against somebody, as its event on the ledger tells it. */
export interface Offence {
  readonly decisionId: string
  readonly at: string
  readonly endUserId: string | null
  readonly keyId: string
  readonly projectId: string
  readonly organisationId: string
  readonly severity: StrikeSeverity
  readonly label: string | null
  readonly clause: string | null
  readonly score: number | null
  /** What was refused: what they wrote, or what the model answered. */
  readonly side: 'prompt' | 'completion'
}

/**
 * Whether traffic counts for or against its customer at all. Canaries and other synthetic requests do not, nor does what was only observed
 * and released all the same.
 */
export function countsForEnforcement({ kind, data }: Pick<LedgerEvent, 'kind' | 'data'>): boolean {
  return kind === 'gateway.decision' && data.enforced === true && data.canary !== true
}

/**
 * The offence in a decision; null where there is none: nothing was refused, or it was refused for the standard test string, because
 * nobody could judge it, because it could not be read or lacked something, or only because its sender is restricted already (that would feed on itself).
 */
export function offenceOf(event: LedgerEvent): Offence | null {
  const { data, actor } = event
  if (!countsForEnforcement(event) || (data.outcome !== 'refuse' && data.outcome !== 'cut')) return null
  if (data.refusedStrictly === true || actor.type !== 'key') return null
  const prompt = refusedSide(data.prompt)
  const side = prompt ?? refusedSide(data.completion)
  if (side === null || (side.reason !== 'threshold' && side.reason !== 'rule') || side.testString === true) return null
  const severity = SEVERITIES.find((name) => name === side.severity)
  const projectId = text(data.project)
  const organisationId = text(data.organisation)
  if (severity === undefined || projectId === null || organisationId === null) return null
  return {
    decisionId: event.id,
    at: event.time,
    endUserId: text(data.endUser),
    keyId: actor.id,
    projectId,
    organisationId,
    severity,
    label: text(side.label),
    clause: text(side.clause),
    score: typeof side.score === 'number' ? side.score : null,
    side: prompt === null ? 'completion' : 'prompt',
  }
}

function refusedSide(value: EventValue | undefined): { readonly [key: string]: EventValue } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return value.action === 'refuse' ? value : null
}

function text(value: EventValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
