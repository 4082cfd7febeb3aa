import type { Activity, Field } from '../activity/index.ts'

/** What a rule may ask of an activity by name; every other name is looked up in its data, and `data.name` always is. */
const OWN: Readonly<Record<string, (activity: Activity) => Field>> = {
  id: ({ id }) => id,
  time: ({ timeMs }) => timeMs,
  source: ({ source }) => source,
  kind: ({ kind }) => kind,
  person: ({ person }) => person,
  host: ({ host }) => host,
  grant: ({ grant }) => grant,
  version: ({ version }) => version,
  file: ({ file }) => file,
  start: ({ start }) => start,
  bytes: ({ bytes }) => bytes,
  outcome: ({ outcome }) => outcome,
  ip: ({ place }) => place?.ip ?? null,
  'subject.type': ({ subject }) => subject?.type ?? null,
  'subject.id': ({ subject }) => subject?.id ?? null,
}

export type Getter = (activity: Activity) => Field

/** @returns null where the activity has no such field */
export function getter(name: string): Getter {
  const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined
  if (own !== undefined) return own
  const key = name.startsWith('data.') ? name.slice('data.'.length) : name
  return ({ data }) => (Object.hasOwn(data, key) ? (data[key] ?? null) : null)
}
