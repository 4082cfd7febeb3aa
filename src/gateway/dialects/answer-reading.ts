import { AppError } from '../../base/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { StreamStep, Usage } from './dialect.ts'
import type { Added } from './tracks.ts'

/** Nesting that an event may have: tool arguments travel as strings, so answers are flat. */
const MAX_DEPTH = 64

/** The body of an event. @throws {AppError} UPSTREAM_UNAVAILABLE when it is not one JSON object. */
export function parseEvent(data: string): JsonObject {
  let value: Json
  try {
    value = parseStrictJson(data, { maxDepth: MAX_DEPTH })
  } catch (cause) {
    throw new AppError('UPSTREAM_UNAVAILABLE', "the model's server sent an event that is not JSON", { cause })
  }
  if (!isJsonObject(value)) throw notOfDialect('an event that is not an object')
  return value
}

export function notOfDialect(what: string): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', `the model's server sent ${what}`)
}

/** An upstream's report of its own failure. Its words stay here: they may name keys and hosts of the operator's. */
export function upstreamFailed(): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', "the model's server reported a failure")
}

/** Token counts, whatever the dialect calls them; null when there are none. */
export function tokenUsage(usage: Json | undefined, input: string, output: string): Usage | null {
  if (!isJsonObject(usage)) return null
  const inputTokens = usage[input]
  const outputTokens = usage[output]
  if (!isCount(inputTokens) && !isCount(outputTokens)) return null
  return { inputTokens: isCount(inputTokens) ? inputTokens : 0, outputTokens: isCount(outputTokens) ? outputTokens : 0 }
}

export function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

export function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : []
}

/** A step that adds what `added` holds. */
export function stepOf(
  added: Added,
  rest: { closing?: boolean; done?: boolean; upstreamRefusal?: boolean; usage?: Usage | null } = {},
): StreamStep {
  return {
    ...added,
    closing: rest.closing ?? false,
    done: rest.done ?? false,
    upstreamRefusal: rest.upstreamRefusal ?? false,
    usage: rest.usage ?? null,
  }
}
