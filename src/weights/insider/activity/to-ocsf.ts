import { VERSION } from '../../../base/version.ts'
import type { Json } from '../signals/signal.ts'
import type { Activity } from './activity.ts'
import { writeActivityLine } from './activity-lines.ts'
import { ACTIVITY_KEY, OCSF_VERSION } from './ocsf-classes.ts'

/** An activity as an event of OCSF 1.6.0, for whoever collects them. */
export type OcsfActivity = { readonly [key: string]: Json }

const SIGN_INS: Readonly<Record<string, number>> = {
  'staff.signed_in': 1,
  'staff.sign_in_failed': 1,
  'okta.user.session.start': 1,
  'staff.session_ended': 2,
  'okta.user.session.end': 2,
}
const STORE: Readonly<Record<string, number>> = {
  'weights.read': 1,
  'cloudtrail.GetObject': 1,
  'weights.opened': 3,
  'weights.sealed': 5,
  'cloudtrail.PutObject': 5,
  'weights.erased': 7,
  'cloudtrail.DeleteObject': 7,
}

/**
 * Sign-ins become Authentication (3002), what is done to weights and objects Datastore Activity (6005), all else API Activity (6003). The
 * activity stands whole under `unmapped`, so that `ocsfImporter` with `own` gives it back.
 */
export function toOcsf(activity: Activity): OcsfActivity {
  const { kind, person, host, place, outcome } = activity
  const user = { uid: person ?? 'unknown', type_id: person === null ? 0 : 1 }
  const shared = {
    time: activity.timeMs,
    severity_id: 1,
    message: kind,
    status_id: outcome === 'success' ? 1 : 2,
    src_endpoint: { name: host ?? 'unknown', ...(place?.ip == null ? {} : { ip: place.ip }) },
    metadata: {
      version: OCSF_VERSION,
      uid: activity.id,
      event_code: kind,
      product: { name: 'Safelevel', vendor_name: 'Safelevel', version: VERSION },
    },
    unmapped: { [ACTIVITY_KEY]: JSON.parse(writeActivityLine(activity)) },
  }
  const signIn = SIGN_INS[kind]
  if (signIn !== undefined)
    return { ...shared, ...classOf(3002, signIn), user, actor: { user }, service: { name: activity.source } }
  const store = STORE[kind]
  if (store !== undefined)
    return { ...shared, ...classOf(6005, store), actor: { user }, databucket: bucketOf(activity) }
  return { ...shared, ...classOf(6003, 99), actor: { user }, api: { operation: kind } }
}

function bucketOf({ version, subject }: Activity): OcsfActivity {
  return { uid: version ?? subject?.id ?? 'unknown', type_id: 99, type: subject?.type ?? 'weights' }
}

const NAMES: Readonly<Record<number, string>> = {
  3002: 'Authentication',
  6003: 'API Activity',
  6005: 'Datastore Activity',
}

function classOf(uid: number, activity: number): OcsfActivity {
  const [class_uid, category_uid] = [uid, Math.floor(uid / 1_000)]
  return {
    class_uid,
    category_uid,
    class_name: NAMES[uid] ?? '',
    activity_id: activity,
    type_uid: uid * 100 + activity,
  }
}
