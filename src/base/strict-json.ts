import { isUtf8 } from 'node:buffer'
import { AppError } from './errors.ts'
import type { Json } from './json.ts'

export interface JsonLimits {
  /** Deepest nesting of arrays and objects; a flat object has depth 1. */
  readonly maxDepth: number
  /** Most members of objects and items of arrays, all together; without it, as many as the text holds. */
  readonly maxValues?: number
}

const QUOTE = 0x22
const COLON = 0x3a
const COMMA = 0x2c
const BACKSLASH = 0x5c
/** May match where the backslash is itself escaped: it only decides whether a closer look is worth its time. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/

/**
 * Reads JSON in the one way on which every reader agrees, so that what is screened here is what any upstream reads.
 *
 * Beyond the grammar it refuses what readers disagree on: a byte order mark, invalid UTF-8, lone surrogates (raw or escaped),
 * a key that stands twice in one object (compared after unescaping), the key `__proto__`. Numbers are as JSON.parse gives them.
 *
 * @throws {AppError} REQUEST_INVALID with what, and where as far as that is known (a byte for invalid UTF-8, else a UTF-16 position);
 *   never quotes content.
 * @see RFC 8259, RFC 7493 (I-JSON) section 2
 */
export function parseStrictJson(source: Uint8Array | string, limits: JsonLimits): Json {
  return readStrictJson(source, limits).value
}

/** As `parseStrictJson`; gives the text too, which is exactly what `source` encodes. */
export function readStrictJson(source: Uint8Array | string, limits: JsonLimits): { value: Json; text: string } {
  const text = typeof source === 'string' ? source : decodeUtf8(source)
  if (text.charCodeAt(0) === 0xfeff) throw invalid('begins with a byte order mark')
  if (typeof source === 'string' && !source.isWellFormed())
    throw invalid(`has a lone surrogate${at(loneSurrogate(text))}`)
  const members = countWrittenMembers(text, limits)
  const value = parse(text)
  // JSON.parse keeps one of two equal keys: fewer members in the value than in the text means that some stood twice.
  const kept = countMembers(value, text.includes('\\u') && SURROGATE_ESCAPE.test(text))
  if (kept !== members) throw invalid('has a key that stands twice in one object')
  return { value, text }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch (cause) {
    // V8 quotes the text in its message: only the number after the quotation is taken over.
    const position =
      cause instanceof Error ? / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(cause.message) : null
    throw invalid(`is not valid JSON${position ? at(Number(position[1])) : ''}`)
  }
}

/** Members of all objects as written, counted by their colons; checks depth and number of values on the way. Makes sense of valid JSON only. */
function countWrittenMembers(text: string, { maxDepth, maxValues = Number.POSITIVE_INFINITY }: JsonLimits): number {
  let members = 0
  let values = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = endOfString(text, i)
    else if (code === COLON) members++
    else if (code === COMMA) values++
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) throw invalid(`is nested deeper than ${maxDepth} levels${at(i)}`)
      values++
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  // A value has a comma before it, or begins what holds it; what is empty counts as if it held one.
  if (values > maxValues) throw invalid(`has more than ${maxValues} values`)
  return members
}

/** Position of the quote that ends the string that `start` opens; the text's length when none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end
  }
  return text.length
}

/** A stack of its own, because `maxDepth` is set by the operator and may exceed what the call stack bears. */
function countMembers(root: Json, checkSurrogates: boolean): number {
  let members = 0
  const stack: Json[] = [root]
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (typeof value === 'string') {
      if (checkSurrogates && !value.isWellFormed()) throw invalid('has a lone surrogate in an escape')
    } else if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object' || checkSurrogates) stack.push(item)
    } else if (typeof value === 'object' && value !== null) {
      for (const key in value) {
        members++
        if (key === '__proto__') throw invalid('has the key __proto__')
        if (checkSurrogates && !key.isWellFormed()) throw invalid('has a lone surrogate in an escape')
        const member = value[key]
        if (member !== undefined && (typeof member === 'object' || checkSurrogates)) stack.push(member)
      }
    }
  }
  return members
}

function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const text = buffer.toString('utf8')
  if (!isUtf8(buffer)) throw invalid(`is not valid UTF-8 at byte ${firstDifference(buffer, Buffer.from(text))}`)
  return text
}

/** The decoder puts U+FFFD where it fails: encoded again, that is the first byte to differ. */
function firstDifference(bytes: Buffer, lenient: Buffer): number {
  let i = 0
  while (i < bytes.length && bytes[i] === lenient[i]) i++
  return i
}

function loneSurrogate(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0
    if (code >= 0xd800 && code <= 0xdfff) return i
    if (code > 0xffff) i++
  }
  return text.length
}

function at(position: number): string {
  return ` at character ${position}`
}

function invalid(what: string): AppError {
  return new AppError('REQUEST_INVALID', `the body ${what}`)
}
