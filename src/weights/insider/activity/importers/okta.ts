import type { Activity, Field } from '../activity.ts'
import { isRecord } from '../activity-lines.ts'
import { Fault } from '../fault.ts'
import { flatten } from '../flatten.ts'
import { type Importer, type PeopleOf, personBy } from './importer.ts'
import { at, checked, importRecords, type JsonRecord, kindOf, nameAt, placeOf, textAt, timeAt } from './json.ts'

/** Of the results of Okta, those in which somebody did not get what they wanted. */
const FAILED: ReadonlySet<string> = new Set(['FAILURE', 'DENY', 'ABANDONED'])

/**
 * Okta's System Log: events one a line, or a page of the API as it is answered, on one line (`[…]`).
 *
 * Names and mail addresses stay outside: what `people` does not know is told by Okta's own ids.
 *
 * @see https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
 */
export function oktaImporter(people: PeopleOf): Importer {
  return { add: (line) => importRecords(line, null, (record) => read(record, people)), end: () => [] }
}

function read(record: JsonRecord, people: PeopleOf): Activity | Fault {
  const id = nameAt(record, 'uuid')
  const timeMs = timeAt(record, 'published')
  const kind = kindOf('okta', textAt(record, 'eventType'))
  if (id === null || timeMs === null || kind === null) return new Fault('uuid, published or eventType is missing')
  const where = at(record, 'client', 'geographicalContext', 'geolocation')
  const geo = isRecord(where) ? where : {}
  const target = targetOf(record, people)
  return checked({
    ...{ id: `okta:${id}`.slice(0, 200), timeMs, source: 'okta', kind },
    person: personBy(people, [textAt(record, 'actor', 'alternateId'), textAt(record, 'actor', 'id')]),
    host: nameAt(record, 'device', 'id') ?? nameAt(record, 'debugContext', 'debugData', 'deviceFingerprint'),
    place: placeOf(textAt(record, 'client', 'ipAddress'), geo.lat, geo.lon),
    outcome: FAILED.has(textAt(record, 'outcome', 'result') ?? '') ? 'failure' : 'success',
    subject: target,
    data: dataOf(record, target?.id ?? null),
  })
}

/** The first user among the targets, else the first target. */
function targetOf(record: JsonRecord, people: PeopleOf): { type: string; id: string } | null {
  const targets = at(record, 'target')
  const some = Array.isArray(targets) ? targets.slice(0, 20).filter(isRecord) : []
  const target = some.find((one) => textAt(one, 'type') === 'User') ?? some[0]
  if (target === undefined) return null
  const id = personBy(people, [textAt(target, 'alternateId'), textAt(target, 'id')]) ?? nameAt(target, 'id')
  return id === null ? null : { type: nameAt(target, 'type') ?? 'unknown', id }
}

function dataOf(record: JsonRecord, target: string | null): Record<string, Field> {
  const data = {
    target,
    result: textAt(record, 'outcome', 'result'),
    reason: textAt(record, 'outcome', 'reason')?.slice(0, 200) ?? null,
    severity: textAt(record, 'severity'),
    actorType: textAt(record, 'actor', 'type'),
    client: textAt(record, 'client', 'device'),
    os: textAt(record, 'client', 'userAgent', 'os'),
    country: textAt(record, 'client', 'geographicalContext', 'country'),
    isProxy: at(record, 'securityContext', 'isProxy'),
    session: textAt(record, 'authenticationContext', 'externalSessionId'),
    threat: textAt(record, 'debugContext', 'debugData', 'threatSuspected'),
  }
  return flatten(Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null && value !== undefined)))
}
