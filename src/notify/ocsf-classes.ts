import type { EventValue, LedgerEvent } from '../ledger/index.ts'

export type OcsfFields = { readonly [key: string]: EventValue }

/** What of an event stands in a class of its own, beside what all events have. */
export interface Classed {
  readonly classUid: number
  readonly className: string
  readonly activityId: number
  readonly fields: OcsfFields
}

type Make = (event: LedgerEvent) => OcsfFields

/** OCSF's activities of API Activity: create, read, update, delete, other. */
const CREATED = /_(created|made|added|filed|requested|granted|issued|recorded|opened|placed|drafted)$|genesis$|started$/
const READ = /_(read|revealed|exported)$|content\.read$/
const DELETED = /_(removed|revoked|erased|deleted|ended)$/

const NAMES: Readonly<Record<number, string>> = {
  3001: 'Account Change',
  3002: 'Authentication',
  3003: 'Authorize Session',
  3004: 'Entity Management',
  3005: 'User Access Management',
  6003: 'API Activity',
  6005: 'Datastore Activity',
}

/** Who signs in, or whose account, keys or rights change: never an address or a name, which the ledger does not hold. */
const whose: Make = ({ actor, subject, data }) => ({
  user: userOf(typeof data.person === 'string' ? data.person : subject.type === 'person' ? subject.id : actor.id),
})
const session: Make = (event) => ({
  ...whose(event),
  service: { name: 'Safelevel' },
  session: { uid: event.subject.id },
})
const failed: Make = (event) => ({ ...whose(event), service: { name: 'Safelevel' }, status_id: 2 })
const opened: Make = (event) => ({
  ...whose(event),
  privileges: ['weights.open'],
  session: { uid: textOf(event.data.session) ?? event.subject.id },
})
const role: Make = (event) => ({ ...whose(event), privileges: [textOf(event.data.role) ?? 'unknown'] })
const grant: Make = (event) => ({ ...whose(event), privileges: [`weights.${textOf(event.data.use) ?? 'open'}`] })
const entity: Make = ({ subject }) => ({ entity: { uid: subject.id, type: subject.type } })
const weights: Make = (event) => ({
  ...acting(event),
  databucket: bucket('weights', textOf(event.data.version) ?? event.subject.id),
})
const content: Make = (event) => ({ ...acting(event), databucket: bucket('content', event.subject.id) })

/** Kind -> class, activity, and what the class asks for. All others are API Activity. */
const CLASSES: Readonly<Record<string, readonly [number, number, Make]>> = {
  'staff.signed_in': [3002, 1, session],
  'staff.sign_in_failed': [3002, 1, failed],
  'staff.reauthenticated': [3002, 99, session],
  'staff.session_ended': [3002, 2, session],
  'weights.session_started': [3003, 1, opened],
  'staff.role_granted': [3005, 1, role],
  'staff.role_ended': [3005, 2, role],
  'weights.grant_given': [3005, 1, grant],
  'staff.person_added': [3001, 1, whose],
  'staff.person_reactivated': [3001, 2, whose],
  'staff.person_deactivated': [3001, 5, whose],
  'staff.person_changed': [3001, 99, whose],
  'staff.passkey_added': [3001, 10, whose],
  'staff.passkey_removed': [3001, 11, whose],
  'staff.passkeys_reset': [3001, 11, whose],
  'weights.device_registered': [3004, 6, entity],
  'weights.device_approved': [3004, 10, entity],
  'weights.device_ended': [3004, 7, entity],
  'weights.environment_attested': [3004, 10, entity],
  'weights.environment_ended': [3004, 11, entity],
  'weights.grant_ended': [3004, 4, entity],
  'weights.copy_registered': [3004, 1, entity],
  'weights.copy_extended': [3004, 3, entity],
  'weights.copy_destroyed': [3004, 4, entity],
  'weights.locked': [3004, 12, entity],
  'weights.lock_lifted': [3004, 13, entity],
  'weights.read': [6005, 1, weights],
  'weights.opened': [6005, 3, weights],
  'weights.sealed': [6005, 5, weights],
  'weights.erased': [6005, 7, weights],
  'content.read': [6005, 1, content],
  'content.exported': [6005, 1, content],
  'content.erased': [6005, 7, content],
}

/** The class that says most of an event which alarms nobody. */
export function classOf(event: LedgerEvent): Classed {
  const [classUid, activityId, make] = CLASSES[event.kind] ?? [6003, apiActivity(event.kind), api]
  return { classUid, activityId, className: NAMES[classUid] ?? '', fields: { ...who(event), ...make(event) } }
}

const api: Make = (event) => ({ ...acting(event), api: { operation: event.kind } })

function apiActivity(kind: string): number {
  return CREATED.test(kind) ? 1 : READ.test(kind) ? 2 : DELETED.test(kind) ? 4 : 99
}

function who({ actor }: LedgerEvent): OcsfFields {
  return { actor: { user: { uid: `${actor.type}:${actor.id}`, type: actor.type, type_id: 99 } } }
}

/** Addresses are personal data and never on the ledger: the installation itself is the only endpoint that is known. */
function acting({ actor }: LedgerEvent): OcsfFields {
  return { src_endpoint: { name: actor.type } }
}

function userOf(id: string): OcsfFields {
  return { uid: id, type_id: 99 }
}

function bucket(type: string, uid: string): OcsfFields {
  return { uid, type, type_id: 99 }
}

function textOf(value: EventValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
