import { type Activity, type Field, type Place, SOURCES, type Source } from './activity.ts'
import { isClean, KIND, MAX_BYTES, MAX_FIELDS, MAX_LINE_BYTES, MAX_NAME, MAX_TEXT, MAX_TIME_MS } from './bounds.ts'
import { Fault } from './fault.ts'

/*
 * `safelevel-activity/v1`: one activity as JSON on a line, by the names of `Activity`. What is null, zero bytes, an empty `data` or a
 * success is left out. A simulated year is hundreds of millions of such lines, so that checks are by hand here rather than by a schema.
 */

const NO_DATA: Readonly<Record<string, Field>> = Object.freeze({})
const NAMES: ReadonlySet<string> = new Set([
  ...['id', 'timeMs', 'source', 'kind', 'person', 'host', 'grant', 'version', 'file', 'start', 'bytes', 'outcome'],
  ...['place', 'subject', 'data'],
])
/** Kinds are few and lines many: what was found fit is found fit again without looking. */
const knownKinds = new Set<string>()
const MAX_KNOWN_KINDS = 2_000

/** One activity as a line, without its end. */
export function writeActivityLine(activity: Activity): string {
  const { id, timeMs, source, kind, person, host, grant, version, file, start, bytes, outcome, place, subject } =
    activity
  return JSON.stringify({
    ...{ id, timeMs, source, kind },
    ...(person === null ? {} : { person }),
    ...(host === null ? {} : { host }),
    ...(grant === null ? {} : { grant }),
    ...(version === null ? {} : { version }),
    ...(file === null ? {} : { file }),
    ...(start === null ? {} : { start }),
    ...(bytes === 0 ? {} : { bytes }),
    ...(outcome === 'success' ? {} : { outcome }),
    ...(place === null ? {} : { place }),
    ...(subject === null ? {} : { subject }),
    ...(Object.keys(activity.data).length === 0 ? {} : { data: activity.data }),
  })
}

/**
 * Reads one line. Unknown names are refused, so that a mistake in a writer shows; a name that stands twice counts the last time.
 *
 * @param text hostile; at most 64 KiB
 * @returns why it is no activity, otherwise; never throws
 */
export function readActivityLine(text: string): Activity | Fault {
  if (text.length > MAX_LINE_BYTES) return new Fault(`longer than ${MAX_LINE_BYTES} bytes`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return new Fault('no JSON')
  }
  if (!isRecord(value)) return new Fault('no JSON object')
  // Only an escape can bring in what the decoder of UTF-8 would not have let through.
  if (text.includes('\\u') && !areClean(value)) return new Fault('a NUL or a lone surrogate')
  return activityOf(value)
}

/** The same checks on what is parsed already: a member of an array, a row of a table. */
export function activityOf(value: Readonly<Record<string, unknown>>): Activity | Fault {
  for (const name in value) if (!NAMES.has(name)) return new Fault('a name that no activity has')
  const { id, timeMs, source, kind, bytes = 0, outcome = 'success' } = value
  const { person = null, host = null, grant = null, version = null, file = null, start = null } = value
  if (!isName(id)) return new Fault(`id: a text of 1 to ${MAX_NAME} characters is owed`)
  if (!isWhole(timeMs, MAX_TIME_MS)) return new Fault('timeMs: milliseconds since 1970 are owed')
  if (!isSource(source)) return new Fault(`source: one of ${SOURCES.join(', ')} is owed`)
  if (!isKind(kind)) return new Fault('kind: a name like weights.read is owed')
  if (person !== null && !isName(person)) return wrongName('person')
  if (host !== null && !isName(host)) return wrongName('host')
  if (grant !== null && !isName(grant)) return wrongName('grant')
  if (version !== null && !isName(version)) return wrongName('version')
  if (file !== null && !isWhole(file, MAX_BYTES)) return wrongNumber('file')
  if (start !== null && !isWhole(start, MAX_BYTES)) return wrongNumber('start')
  if (!isWhole(bytes, MAX_BYTES)) return wrongNumber('bytes')
  if (outcome !== 'success' && outcome !== 'failure') return new Fault('outcome: success or failure is owed')
  const place = placeOf(value.place ?? null)
  if (place instanceof Fault) return place
  const subject = subjectOf(value.subject ?? null)
  if (subject instanceof Fault) return subject
  const data = value.data ?? NO_DATA
  if (!isData(data)) return new Fault(`data: at most ${MAX_FIELDS} texts, numbers and truths by name are owed`)
  return { id, timeMs, source, kind, person, host, grant, version, file, start, bytes, outcome, place, subject, data }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isSource(value: unknown): value is Source {
  return SOURCES.some((source) => source === value)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME
}

function isKind(value: unknown): value is string {
  if (typeof value !== 'string') return false
  if (knownKinds.has(value)) return true
  if (!KIND.test(value)) return false
  if (knownKinds.size < MAX_KNOWN_KINDS) knownKinds.add(value)
  return true
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
}

function isDegrees(value: unknown, most: number): value is number | null {
  return value === null || (typeof value === 'number' && value >= -most && value <= most)
}

function isData(value: unknown): value is Record<string, Field> {
  if (!isRecord(value)) return false
  let fields = 0
  for (const name in value) {
    if (++fields > MAX_FIELDS || name.length > MAX_NAME || name === '__proto__') return false
    const field = value[name]
    if (typeof field === 'string') {
      if (field.length > MAX_TEXT) return false
    } else if (typeof field === 'number') {
      if (!Number.isFinite(field)) return false // 1e999 is valid JSON
    } else if (field !== null && typeof field !== 'boolean') return false
  }
  return true
}

function placeOf(value: unknown): Place | Fault | null {
  if (value === null) return null
  const wrong = new Fault('place: an ip, a latitude and a longitude are owed, each of which may be null')
  if (!isRecord(value)) return wrong
  const { ip = null, latitude = null, longitude = null, ...rest } = value
  if (ip !== null && (typeof ip !== 'string' || ip.length > 64)) return wrong
  if (!isDegrees(latitude, 90) || !isDegrees(longitude, 180)) return wrong
  return Object.keys(rest).length > 0 ? wrong : { ip, latitude, longitude }
}

function subjectOf(value: unknown): { type: string; id: string } | Fault | null {
  if (value === null) return null
  const wrong = new Fault('subject: a type and an id are owed')
  if (!isRecord(value)) return wrong
  const { type, id, ...rest } = value
  return isName(type) && isName(id) && Object.keys(rest).length === 0 ? { type, id } : wrong
}

/** Depth is bounded by what `activityOf` takes: two levels; deeper ones are refused there. */
function areClean(value: Record<string, unknown>, depth = 0): boolean {
  for (const name in value) {
    const member = value[name]
    if (!isClean(name) || (typeof member === 'string' && !isClean(member))) return false
    if (depth === 0 && isRecord(member) && !areClean(member, 1)) return false
  }
  return true
}

function wrongName(name: string): Fault {
  return new Fault(`${name}: a text of 1 to ${MAX_NAME} characters is owed, or nothing`)
}

function wrongNumber(name: string): Fault {
  return new Fault(`${name}: a whole number from 0 is owed, or nothing`)
}
