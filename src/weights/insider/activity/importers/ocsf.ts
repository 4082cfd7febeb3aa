import type { Activity } from '../activity.ts'
import { activityOf, isRecord } from '../activity-lines.ts'
import { Fault } from '../fault.ts'
import { flatten } from '../flatten.ts'
import { ACTIVITY_KEY, OCSF_CLASSES } from '../ocsf-classes.ts'
import { type Importer, type PeopleOf, personBy } from './importer.ts'
import { at, checked, importRecords, type JsonRecord, kindOf, nameAt, placeOf, textAt, wholeAt } from './json.ts'

/**
 * Events of the Open Cybersecurity Schema Framework, one a line. Classes that we know get a kind of their own (`ocsf.authentication.logon`);
 * others one by their numbers.
 *
 * @param options.own these lines were written by `toOcsf` and kept where nobody else writes: what an activity was, it is again. Of anybody
 *   else, that would let a source speak for the ledger.
 * @see https://schema.ocsf.io/1.6.0
 */
export function ocsfImporter(people: PeopleOf, { own = false }: { own?: boolean } = {}): Importer {
  return { add: (line) => importRecords(line, null, (record) => read(record, people, own)), end: () => [] }
}

function read(record: JsonRecord, people: PeopleOf, own: boolean): Activity | Fault {
  const kept = own ? at(record, 'unmapped', ACTIVITY_KEY) : undefined
  if (isRecord(kept)) return activityOf(kept)
  const uid = nameAt(record, 'metadata', 'uid')
  const timeMs = wholeAt(record, 'time')
  const kind = kindOf('ocsf', nameOf(record))
  if (uid === null || timeMs === null || kind === null) return new Fault('metadata.uid, time or class_uid is missing')
  const subject = subjectOf(record)
  return checked({
    ...{ id: `ocsf:${uid}`.slice(0, 200), timeMs, source: 'ocsf', kind, subject },
    person: personBy(people, [
      textAt(record, 'actor', 'user', 'uid'),
      textAt(record, 'actor', 'user', 'email_addr'),
      textAt(record, 'actor', 'user', 'name'),
      // Who signs in is not yet anybody's actor.
      textAt(record, 'user', 'uid'),
      textAt(record, 'user', 'email_addr'),
      textAt(record, 'user', 'name'),
    ]),
    host: nameAt(record, 'device', 'uid') ?? nameAt(record, 'device', 'hostname'),
    place: placeOf(
      textAt(record, 'src_endpoint', 'ip'),
      at(record, 'src_endpoint', 'location', 'lat'),
      at(record, 'src_endpoint', 'location', 'long'),
    ),
    bytes: wholeAt(record, 'traffic', 'bytes_out') ?? 0,
    outcome: wholeAt(record, 'status_id') === 2 ? 'failure' : 'success',
    data: dataOf(record),
  })
}

function nameOf(record: JsonRecord): string | null {
  const uid = wholeAt(record, 'class_uid')
  const activity = wholeAt(record, 'activity_id')
  if (uid === null || activity === null) return null
  const known = OCSF_CLASSES[uid]
  return known === undefined ? `class_${uid}.${activity}` : `${known.name}.${known.activities[activity] ?? activity}`
}

const SUBJECTS = ['file', 'process', 'databucket', 'database', 'entity', 'user', 'resource', 'dst_endpoint'] as const

function subjectOf(record: JsonRecord): { type: string; id: string } | null {
  for (const type of SUBJECTS) {
    const id = ['uid', 'path', 'name', 'ip'].map((name) => nameAt(record, type, name)).find((found) => found !== null)
    if (id !== undefined && id !== null) return { type, id }
  }
  return null
}

/** Names of tools and files, numbers and codes; nothing of users. */
function dataOf(record: JsonRecord) {
  const data = {
    activity: textAt(record, 'activity_name'),
    operation: textAt(record, 'api', 'operation'),
    exe: textAt(record, 'process', 'file', 'path') ?? textAt(record, 'process', 'path'),
    command: textAt(record, 'process', 'cmd_line'),
    path: textAt(record, 'file', 'path'),
    product: textAt(record, 'metadata', 'product', 'name'),
    severity: wholeAt(record, 'severity_id'),
    privileges: at(record, 'privileges'),
  }
  return flatten(Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null && value !== undefined)))
}
