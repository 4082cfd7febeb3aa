import type { LedgerEvent, Recorded } from '../../../ledger/index.ts'
import type { Activity, Field } from './activity.ts'
import { MAX_BYTES, MAX_NAME } from './bounds.ts'
import { flatten, textOf } from './flatten.ts'

/** Of events that Safelevel itself records once others have agreed: where they say who wanted it, or whom it serves. */
const WANTED_BY = ['person', 'people', 'requestedBy', 'requester'] as const
const BY_DATA: ReadonlySet<string> = new Set([
  ...['weights.grant_given', 'weights.glass_broken', 'weights.canary_touched', 'weights.device_approved'],
  ...['weights.lock_lifted', 'weights.overlay_switched', 'weights.budget_set'],
  ...['redress.exemption_granted', 'policy.published'],
])
/** Nobody is signed in yet, or any more: the subject says whose key it was. */
const BY_SUBJECT: ReadonlySet<string> = new Set(['staff.sign_in_failed', 'staff.passkey_counter_went_back'])

/** False for what the gateway records of customers' requests, which is not the staff's doing. */
export function isOfStaff({ kind }: Pick<Recorded, 'kind'>): boolean {
  return kind === null || !kind.startsWith('gateway.')
}

/**
 * An event of any room as an activity. Null for what the gateway records of customers' requests, which is not the staff's doing, and for
 * entries whose body was erased.
 *
 * What Safelevel, a customer or nobody known did has no person; who that was then stands in `data.actor`.
 */
export function fromLedger({ event }: { readonly event: LedgerEvent | null }): Activity | null {
  if (event === null || !isOfStaff(event)) return null
  const { id, kind, actor, subject } = event
  const data = flatten(event.data, actor.type === 'staff' ? {} : { actor: actor.type })
  return {
    ...{
      id: textOf(id, MAX_NAME),
      timeMs: Date.parse(event.time),
      source: 'ledger',
      kind,
      person: personOf(event, data),
    },
    ...(kind.startsWith('weights.') ? weightsOf(event, data) : NO_WEIGHTS),
    outcome: kind.endsWith('_failed') || kind.endsWith('_refused') || data.ok === false ? 'failure' : 'success',
    ...{ place: null, subject: subjectOf(subject), data },
  }
}

/** Some are named by others: by a customer's id of their user. */
function subjectOf({ type, id }: LedgerEvent['subject']): Activity['subject'] {
  const kept = { type: textOf(type, MAX_NAME), id: textOf(id, MAX_NAME) }
  return kept.type === '' || kept.id === '' ? null : kept
}

const NO_WEIGHTS = { host: null, grant: null, version: null, file: null, start: null, bytes: 0 }

function weightsOf({ kind, subject }: LedgerEvent, data: Readonly<Record<string, Field>>) {
  const ofGrant = subject.type === 'weights_grant' ? textOf(subject.id, MAX_NAME) || null : null
  const ofDevice = subject.type === 'weights_device' ? textOf(subject.id, MAX_NAME) || null : null
  const ofVersion = subject.type === 'vault_version' ? textOf(subject.id, MAX_NAME) || null : null
  return {
    host: textIn(data, 'device') ?? ofDevice ?? textIn(data, 'host'),
    grant: textIn(data, 'grant') ?? ofGrant,
    version: textIn(data, 'version') ?? ofVersion,
    file: wholeIn(data, 'file'),
    start: wholeIn(data, 'start'),
    bytes: kind === 'weights.read' ? (wholeIn(data, 'length') ?? 0) : 0,
  }
}

function personOf({ kind, actor, subject }: LedgerEvent, data: Readonly<Record<string, Field>>): string | null {
  if (actor.type === 'staff') return actor.id
  if (BY_SUBJECT.has(kind)) return subject.id
  if (!BY_DATA.has(kind)) return null
  for (const name of WANTED_BY) {
    const [first] = (textIn(data, name) ?? '').split(',')
    if (first !== undefined && first !== '') return first
  }
  return null
}

function textIn(data: Readonly<Record<string, Field>>, name: string): string | null {
  const value = data[name]
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_NAME).toWellFormed() : null
}

function wholeIn(data: Readonly<Record<string, Field>>, name: string): number | null {
  const value = data[name]
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_BYTES ? value : null
}
