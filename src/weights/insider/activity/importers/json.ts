import { isIP } from 'node:net'
import type { Activity, Place, Source } from '../activity.ts'
import { activityOf, isRecord } from '../activity-lines.ts'
import { KIND, MAX_BYTES, MAX_NAME, MAX_TIME_MS } from '../bounds.ts'
import { Fault } from '../fault.ts'
import { textOf } from '../flatten.ts'
import type { Imported } from './importer.ts'

export type JsonRecord = Readonly<Record<string, unknown>>

/** A container of records may be a page of a log: a few thousand of them on one line. */
const MAX_DOCUMENT = 16 * 1024 * 1024
const MAX_RECORDS = 10_000

/** The records of a line: itself, or the members of an array, or of the array under `container`. */
export function recordsOf(line: string, container: string | null): readonly (JsonRecord | Fault)[] {
  if (line.length > MAX_DOCUMENT) return [new Fault(`longer than ${MAX_DOCUMENT} characters`)]
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return [new Fault('no JSON')]
  }
  const inner = isRecord(value) && container !== null && Object.hasOwn(value, container) ? value[container] : value
  const items: readonly unknown[] = Array.isArray(inner) ? inner : [inner]
  if (items.length > MAX_RECORDS) return [new Fault(`more than ${MAX_RECORDS} records in one document`)]
  return items.map((item) => (isRecord(item) ? item : new Fault('no JSON object')))
}

/** Each record as an activity; a fault stays one. */
export function importRecords(
  line: string,
  container: string | null,
  read: (record: JsonRecord) => Activity | Fault,
): Imported {
  return recordsOf(line, container).map((record) => (record instanceof Fault ? record : read(record)))
}

/** What stands at the end of this path; undefined when the way there is cut. */
export function at(record: JsonRecord, ...path: readonly string[]): unknown {
  let value: unknown = record
  for (const step of path) {
    if (!isRecord(value) || !Object.hasOwn(value, step)) return undefined
    value = value[step]
  }
  return value
}

export function textAt(record: JsonRecord, ...path: readonly string[]): string | null {
  const value = at(record, ...path)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? textOf(value) : null
}

/** Fit to be an identifier, or null. */
export function nameAt(record: JsonRecord, ...path: readonly string[]): string | null {
  const text = textAt(record, ...path)
  return text === null ? null : textOf(text, MAX_NAME) || null
}

export function wholeAt(record: JsonRecord, ...path: readonly string[]): number | null {
  const value = at(record, ...path)
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_BYTES ? value : null
}

/** ISO 8601 with a zone; anything else is null, since the zone of the machine must not decide. */
export function timeAt(record: JsonRecord, ...path: readonly string[]): number | null {
  const text = textAt(record, ...path)
  if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/.test(text)) return null
  const timeMs = Date.parse(text)
  return Number.isFinite(timeMs) && timeMs >= 0 && timeMs <= MAX_TIME_MS ? timeMs : null
}

/** Null where nothing is known of it. */
export function placeOf(ip: string | null, latitude: unknown = null, longitude: unknown = null): Place | null {
  const known = ip !== null && isIP(ip) !== 0 ? ip : null
  const where = { latitude: degrees(latitude, 90), longitude: degrees(longitude, 180) }
  const hasBoth = where.latitude !== null && where.longitude !== null
  if (known === null && !hasBoth) return null
  return { ip: known, ...(hasBoth ? where : { latitude: null, longitude: null }) }
}

function degrees(value: unknown, most: number): number | null {
  return typeof value === 'number' && Math.abs(value) <= most ? value : null
}

/** `source` and a name of its own as a kind; null where no kind can be made of it. */
export function kindOf(source: Source, name: string | null): string | null {
  const kind = `${source}.${(name ?? '').replace(/[^A-Za-z0-9_:.-]/g, '_').replace(/\.{2,}/g, '.')}`
  return KIND.test(kind) ? kind : null
}

/** What an activity is without what a source says of it. */
export const BLANK = {
  ...{ person: null, host: null, grant: null, version: null, file: null, start: null, bytes: 0 },
  ...{ outcome: 'success', place: null, subject: null, data: {} },
} as const

/** Sees that what was made of a record is an activity: the last check of every importer. */
export function checked(made: { readonly [name in keyof Activity]?: unknown }): Activity | Fault {
  const activity = activityOf({ ...BLANK, ...made })
  return activity instanceof Fault ? new Fault(`what it says makes no activity: ${activity.says}`) : activity
}
