import { Actor, type LedgerEvent } from './schema.ts'

const ACTOR_TYPES: ReadonlySet<unknown> = new Set(Actor.shape.type.options)
const ACTOR_ID_CHARS = 200
const KIND = /^[a-z]+(\.[a-z_]+)+$/
const TIME = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?Z$/
const DAY_CHARS = 10

/**
 * The field of an event that is malformed, or null. What is recorded must be readable for ever, so it is refused where its maker can be
 * found. By hand, since every decision passes here: the schema says the same at ten times the cost, and a test holds the two
 * together. `data` is checked by its canonical form.
 */
export function faultOf(event: { readonly [Field in keyof LedgerEvent]: unknown }): string | null {
  if (typeof event.id !== 'string') return 'id'
  if (typeof event.time !== 'string' || !isTime(event.time)) return 'time'
  if (typeof event.kind !== 'string' || !KIND.test(event.kind)) return 'kind'
  const { actor, subject, digests, policy } = event
  if (!isObject(actor) || !ACTOR_TYPES.has(actor.type)) return 'actor'
  if (typeof actor.id !== 'string' || actor.id.length > ACTOR_ID_CHARS) return 'actor'
  if (!isObject(subject) || typeof subject.type !== 'string' || typeof subject.id !== 'string') return 'subject'
  if (!isObject(digests)) return 'digests'
  for (const name in digests) if (typeof digests[name] !== 'string') return 'digests'
  if (policy === undefined) return null
  if (!isObject(policy) || typeof policy.version !== 'string' || typeof policy.digest !== 'string') return 'policy'
  return null
}

/** Whether JSON that was read back is an event. */
export function isEvent(value: unknown): value is LedgerEvent {
  if (!isObject(value) || !isObject(value.data)) return false
  const { id, time, kind, actor, subject, digests, policy, data } = value
  return faultOf({ id, time, kind, actor, subject, digests, policy, data }) === null
}

/** The day that was last found to be one: nearly always today. */
let knownDay = ''

/** A point in time as ISO 8601 writes it in UTC; a day that its month does not have is none. */
function isTime(text: string): boolean {
  if (!TIME.test(text)) return false
  if (text.startsWith(knownDay) && knownDay !== '') return true
  const day = text.slice(0, DAY_CHARS)
  const ms = Date.parse(day)
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, DAY_CHARS) !== day) return false
  knownDay = day
  return true
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
