import { VERSION } from '../base/version.ts'
import type { EventValue, LedgerEvent } from '../ledger/index.ts'
import { classOf } from './ocsf-classes.ts'
import { atLeast, type Severity, severityOf } from './severity.ts'

/**
 * An event in the Open Cybersecurity Schema Framework, version 1.6.0: what alarms is a Detection Finding (2004), everything else of the class
 * that says most of it (sign-ins, sessions, accounts, rights, entities, stores), or API Activity (6003). Fields without a place in the schema
 * stand under `unmapped`, by their own names.
 *
 * @see https://schema.ocsf.io/1.6.0/classes
 */
export type OcsfEvent = { readonly [key: string]: EventValue }

const OCSF_VERSION = '1.6.0'
const DETECTION_FINDING = { class_uid: 2004, category_uid: 2, class_name: 'Detection Finding' }
const SEVERITY_IDS: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4, critical: 5 }
/** Findings are what somebody should look into. */
export function isFinding(event: LedgerEvent): boolean {
  return atLeast(severityOf(event.kind), 'medium') || blocked(event)
}

export function toOcsf(
  event: LedgerEvent,
  { position, installation }: { position: number; installation: string },
): OcsfEvent {
  const severity = blocked(event) ? severityOfDecision(event) : severityOf(event.kind)
  const shared = {
    time: Date.parse(event.time),
    severity_id: SEVERITY_IDS[severity],
    message: event.kind,
    metadata: {
      version: OCSF_VERSION,
      uid: event.id,
      sequence: position,
      event_code: event.kind,
      log_name: installation,
      original_time: event.time,
      product: { name: 'Safelevel', vendor_name: 'Safelevel', version: VERSION },
    },
    unmapped: {
      subject: { ...event.subject },
      data: event.data,
      ...(event.policy === undefined ? {} : { policy: { ...event.policy } }),
    },
  }
  return isFinding(event) ? finding(event, shared) : activity(event, shared)
}

function activity(event: LedgerEvent, shared: OcsfEvent): OcsfEvent {
  const { classUid, className, activityId, fields } = classOf(event)
  return {
    ...shared,
    ...{ class_uid: classUid, category_uid: Math.floor(classUid / 1_000), class_name: className },
    ...{ activity_id: activityId, type_uid: classUid * 100 + activityId },
    ...fields,
  }
}

function finding(event: LedgerEvent, shared: OcsfEvent): OcsfEvent {
  return {
    ...shared,
    ...DETECTION_FINDING,
    activity_id: 1,
    type_uid: DETECTION_FINDING.class_uid * 100 + 1,
    status_id: 1,
    finding_info: { uid: event.id, title: event.kind, created_time: Date.parse(event.time) },
    resources: [{ uid: event.subject.id, type: event.subject.type }],
  }
}

function blocked({ kind, data }: LedgerEvent): boolean {
  return kind === 'gateway.decision' && (data.outcome === 'refuse' || data.outcome === 'cut') && data.canary !== true
}

const DECISION_SEVERITIES: Readonly<Record<string, Severity>> = {
  extreme: 'critical',
  high: 'high',
  moderate: 'medium',
  low: 'low',
}

function severityOfDecision({ data }: LedgerEvent): Severity {
  for (const side of [data.completion, data.prompt]) {
    if (typeof side === 'object' && side !== null && !Array.isArray(side) && typeof side.severity === 'string') {
      return DECISION_SEVERITIES[side.severity] ?? 'medium'
    }
  }
  return 'medium'
}
