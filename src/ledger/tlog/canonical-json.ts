import { TlogError } from './error.ts'

/** Nesting beyond which a value is refused: recursion must not be steered by input. */
const MAX_DEPTH = 64
const MAX_INSERTION = 16
const NEEDS_CARE = /[\u0000-\u001f"\\\ud800-\udfff]/

/**
 * JSON as RFC 8785 writes it: keys sorted by UTF-16 code units, ECMAScript numbers, no spaces.
 * Members whose value is `undefined` are left out, as by JSON.stringify.
 *
 * @throws {TlogError} MALFORMED for what JSON can't carry faithfully: NaN, infinities, lone surrogates, functions,
 *   class instances, undefined in an array, nesting over 64. The message holds no content.
 */
export function canonicalJson(value: unknown): string {
  // On what is in order already RFC 8785 and JSON.stringify agree, and it writes at twice our speed.
  return isInOrder(value, 0) ? JSON.stringify(value) : write(value, 0)
}

/** Whether JSON.stringify writes `value` canonically: keys in order everywhere, and nothing that it would mend, drop or ask. */
function isInOrder(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return typeof value === 'boolean'
  if (value === null) return true
  if (depth === MAX_DEPTH || 'toJSON' in value) return false
  if (Array.isArray(value)) {
    for (const item of value) if (!isInOrder(item, depth + 1)) return false
    return true
  }
  return isPlainObject(value) && hasOrderedKeys(value, depth + 1)
}

function hasOrderedKeys(members: Readonly<Record<string, unknown>>, depth: number): boolean {
  let before: string | null = null
  for (const key in members) {
    if ((before !== null && key <= before) || !key.isWellFormed() || !isInOrder(members[key], depth)) return false
    before = key
  }
  return true
}

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TlogError('MALFORMED', 'a number is not finite')
    return `${value}`
  }
  if (value === null || typeof value === 'boolean') return `${value}`
  if (typeof value !== 'object') throw new TlogError('MALFORMED', `a ${typeof value} is not JSON`)
  if (depth === MAX_DEPTH) throw new TlogError('MALFORMED', `nested deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) return writeArray(value, depth + 1)
  if (!isPlainObject(value)) throw new TlogError('MALFORMED', 'an object is not a plain one')
  return writeObject(value, depth + 1)
}

function writeString(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new TlogError('MALFORMED', 'a string holds a lone surrogate')
  return JSON.stringify(text)
}

function writeArray(values: readonly unknown[], depth: number): string {
  let text = '['
  for (let i = 0; i < values.length; i++) text += (i === 0 ? '' : ',') + write(values[i], depth)
  return `${text}]`
}

function writeObject(members: Readonly<Record<string, unknown>>, depth: number): string {
  let text = '{'
  for (const key of sortKeys(Object.keys(members))) {
    const member = members[key]
    if (member === undefined) continue
    text += `${text === '{' ? '' : ','}${writeString(key)}:${write(member, depth)}`
  }
  return `${text}}`
}

/** By UTF-16 code units, in place. Insertion beats the built-in sort on the few, often sorted keys that objects have. */
function sortKeys(keys: string[]): string[] {
  if (keys.length > MAX_INSERTION) return keys.sort()
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? ''
    let at = i
    for (; at > 0 && (keys[at - 1] ?? '') > key; at--) keys[at] = keys[at - 1] ?? ''
    keys[at] = key
  }
  return keys
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
