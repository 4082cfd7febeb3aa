import type { Field } from './activity.ts'
import { MAX_FIELDS, MAX_NAME, MAX_TEXT } from './bounds.ts'

const MAX_DEPTH = 8
const MAX_ITEMS = 200

/**
 * Nested values as fields by their path with dots; a list of plain values as one text with commas. What is deeper, longer or more than an
 * activity may have is left out, and texts are cut: whoever reads an activity need not bound it again.
 */
export function flatten(
  value: Readonly<Record<string, unknown>>,
  into: Record<string, Field> = {},
): Record<string, Field> {
  const room = { left: MAX_FIELDS - Object.keys(into).length }
  for (const name in value) add(into, textOf(name, MAX_NAME), value[name], room, 1)
  return into
}

function add(into: Record<string, Field>, path: string, value: unknown, room: { left: number }, depth: number): void {
  if (room.left <= 0 || path.length > MAX_NAME || depth > MAX_DEPTH || path === '__proto__') return
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    put(into, path, textOf(value.slice(0, MAX_ITEMS).join(',')), room)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value).slice(0, MAX_ITEMS))
      add(into, `${path}.${textOf(name, MAX_NAME)}`, member, room, depth + 1)
  } else if (typeof value === 'string') put(into, path, textOf(value), room)
  else if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    put(into, path, value, room)
}

function put(into: Record<string, Field>, path: string, field: Field, room: { left: number }): void {
  if (!Object.hasOwn(into, path)) room.left--
  into[path] = field
}

/** A text that can be kept: PostgreSQL takes neither NUL nor half a surrogate pair. */
export function textOf(text: string, most = MAX_TEXT): string {
  const short = text.length > most ? text.slice(0, most) : text
  const whole = short.includes('\0') ? short.replaceAll('\0', '') : short
  return whole.toWellFormed()
}
