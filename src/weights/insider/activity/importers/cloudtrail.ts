import type { Activity, Field } from '../activity.ts'
import { isRecord } from '../activity-lines.ts'
import { Fault } from '../fault.ts'
import { flatten, textOf } from '../flatten.ts'
import { type Importer, type PeopleOf, personBy } from './importer.ts'
import {
  at,
  checked,
  importRecords,
  type JsonRecord,
  kindOf,
  nameAt,
  placeOf,
  textAt,
  timeAt,
  wholeAt,
} from './json.ts'

const MAX_PARAMETERS = 20
const MAX_PARAMETER = 300

/**
 * AWS CloudTrail: events one a line, or a log file as it is delivered, on one line (`{"Records": […]}`).
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function cloudtrailImporter(people: PeopleOf): Importer {
  return { add: (line) => importRecords(line, 'Records', (record) => read(record, people)), end: () => [] }
}

function read(record: JsonRecord, people: PeopleOf): Activity | Fault {
  const id = nameAt(record, 'eventID')
  const timeMs = timeAt(record, 'eventTime')
  const name = textAt(record, 'eventName')
  const kind = kindOf('cloudtrail', name)
  if (id === null || timeMs === null || kind === null) return new Fault('eventID, eventTime or eventName is missing')
  return checked({
    ...{ id: `cloudtrail:${id}`.slice(0, 200), timeMs, source: 'cloudtrail', kind },
    person: personBy(people, identities(record)),
    place: placeOf(textAt(record, 'sourceIPAddress')),
    bytes: bytesOf(record, name ?? ''),
    outcome: failed(record) ? 'failure' : 'success',
    subject: subjectOf(record),
    data: dataOf(record),
  })
}

/** Whose it is: a session is named for a person, a role is not. */
function identities(record: JsonRecord): (string | null)[] {
  const principal = textAt(record, 'userIdentity', 'principalId')
  return [
    principal?.includes(':') ? principal.slice(principal.indexOf(':') + 1) : null,
    textAt(record, 'userIdentity', 'onBehalfOf', 'userId'),
    textAt(record, 'userIdentity', 'userName'),
    textAt(record, 'userIdentity', 'arn'),
    principal,
  ]
}

function failed(record: JsonRecord): boolean {
  return textAt(record, 'errorCode') !== null || textAt(record, 'responseElements', 'ConsoleLogin') === 'Failure'
}

/** What went up into storage, or came down from it: either way it left the place where it was. */
function bytesOf(record: JsonRecord, name: string): number {
  const isUp = /^(Put|Upload|Copy)/.test(name)
  return wholeAt(record, 'additionalEventData', isUp ? 'bytesTransferredIn' : 'bytesTransferredOut') ?? 0
}

function subjectOf(record: JsonRecord): { type: string; id: string } | null {
  const bucket = textAt(record, 'requestParameters', 'bucketName')
  const key = textAt(record, 'requestParameters', 'key')
  if (bucket !== null) return { type: key === null ? 'bucket' : 'object', id: textOf(`${bucket}/${key ?? ''}`, 200) }
  const secret = nameAt(record, 'requestParameters', 'secretId') ?? nameAt(record, 'requestParameters', 'name')
  if (secret !== null) return { type: 'named', id: secret }
  const user = nameAt(record, 'requestParameters', 'userName')
  return user === null ? null : { type: 'user', id: user }
}

function dataOf(record: JsonRecord): Record<string, Field> {
  const data = {
    service: textAt(record, 'eventSource'),
    region: textAt(record, 'awsRegion'),
    account: textAt(record, 'recipientAccountId'),
    bucketAccount: bucketAccount(record),
    identity: textAt(record, 'userIdentity', 'type'),
    mfa: textAt(record, 'userIdentity', 'sessionContext', 'attributes', 'mfaAuthenticated'),
    errorCode: textAt(record, 'errorCode'),
    userAgent: textAt(record, 'userAgent')?.slice(0, MAX_PARAMETER) ?? null,
    readOnly: at(record, 'readOnly'),
    request: parametersOf(record),
  }
  return flatten(Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null && value !== undefined)))
}

/** Only plain ones, and short: policies and tags would be content. */
function parametersOf(record: JsonRecord): JsonRecord {
  const parameters = at(record, 'requestParameters')
  if (!isRecord(parameters)) return {}
  const plain = Object.entries(parameters).filter(
    ([, value]) =>
      typeof value === 'boolean' ||
      typeof value === 'number' ||
      (typeof value === 'string' && value.length <= MAX_PARAMETER),
  )
  return Object.fromEntries(plain.slice(0, MAX_PARAMETERS))
}

function bucketAccount(record: JsonRecord): string | null {
  const resources = at(record, 'resources')
  if (!Array.isArray(resources)) return null
  for (const resource of resources.slice(0, MAX_PARAMETERS)) {
    if (isRecord(resource) && textAt(resource, 'type') === 'AWS::S3::Bucket') return textAt(resource, 'accountId')
  }
  return null
}
