import { AppError } from '../../base/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'

/** A request that must be mended: `path` is where, in the words of the dialect (`messages[2].content`). */
export function invalid(path: string, what: string): AppError {
  return new AppError('REQUEST_INVALID', `${path} ${what}`)
}

export function requireArray(value: Json | undefined, path: string): Json[] {
  if (!Array.isArray(value)) throw invalid(path, 'must be an array')
  return value
}

export function optionalArray(value: Json | undefined, path: string): Json[] {
  return value === undefined || value === null ? [] : requireArray(value, path)
}

export function requireObject(value: Json | undefined, path: string): JsonObject {
  if (!isJsonObject(value)) throw invalid(path, 'must be an object')
  return value
}

export function optionalObject(value: Json | undefined, path: string): JsonObject | null {
  return value === undefined || value === null ? null : requireObject(value, path)
}

export function optionalString(value: Json | undefined, path: string): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw invalid(path, 'must be a string')
  return value
}

export function optionalBoolean(value: Json | undefined, path: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw invalid(path, 'must be true or false')
  return value
}

export function optionalInteger(value: Json | undefined, path: string, min: number, max: number): number | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalid(path, `must be an integer from ${min} to ${max}`)
  }
  return value
}

const LONGEST_MODEL_NAME = 256

export function requireModel(body: JsonObject): string {
  const model = body.model
  if (typeof model !== 'string' || model === '' || model.length > LONGEST_MODEL_NAME) {
    throw invalid('model', `must be a string of 1 to ${LONGEST_MODEL_NAME} characters`)
  }
  return model
}

/** The `type` of a part, item or tool, which must be one that the decoder can read. */
export function requireType(value: JsonObject, allowed: ReadonlyMap<string, unknown>, path: string): string {
  const type = value.type
  if (typeof type !== 'string') throw invalid(`${path}.type`, 'must be a string')
  if (!allowed.has(type)) {
    throw invalid(
      `${path}.type`,
      'is not a type that this gateway can read, so it cannot be screened; send the content as text',
    )
  }
  return type
}

/** Refuses a field by which a request would bring in content that is not in the request. */
export function refuseUnseen(value: Json | undefined, path: string, instead: string): void {
  if (value === undefined || value === null || value === false) return
  throw invalid(path, `refers to content that is not in the request, so it cannot be screened; ${instead}`)
}

export const LARGEST_TOKEN_COUNT = 100_000_000

const MOST_TEXTS = 2_048

/**
 * A text or a list of texts, with the pointer to each.
 *
 * @throws {AppError} REQUEST_INVALID for anything else, numbers of tokens above all: only the model's own vocabulary knows what they say.
 */
export function requireTexts(value: Json | undefined, path: string): { value: string; pointer: string }[] {
  if (typeof value === 'string') return [{ value, pointer: `/${path}` }]
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_TEXTS)
    throw invalid(path, `must be a text or a list of 1 to ${MOST_TEXTS} texts`)
  return value.map((item, i) => {
    if (typeof item === 'string') return { value: item, pointer: `/${path}/${i}` }
    if (typeof item !== 'number' && !Array.isArray(item)) throw invalid(`${path}[${i}]`, 'must be a text')
    throw invalid(path, 'holds numbers of tokens, which cannot be screened; send the text itself')
  })
}
