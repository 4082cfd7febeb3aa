import { isJsonObject, type JsonObject } from '../../base/json.ts'
import type { DecodedCompletion, DecodedRequest } from '../dialects/dialect.ts'
import { invalid, optionalString, requireObject } from '../dialects/request-fields.ts'
import { formOf, type ScreenForm } from './form.ts'
import { onlyFields } from './neutral.ts'

/** Which sides of an exchange are judged; the others are there for what they tell of it. */
export type Sides = 'both' | 'prompt' | 'completion'

export interface ScreenRequest {
  readonly form: ScreenForm
  readonly request: DecodedRequest
  /** Null when there is no answer yet. */
  readonly response: DecodedCompletion | null
  readonly sides: Sides
  readonly surface: string | null
}

const FIELDS = ['dialect', 'request', 'sides', 'surface', 'end_user']

/**
 * What is handed in to be judged: `{"dialect", "request", "response"?, "sides"?, "surface"?, "end_user"?}`.
 *
 * @throws {AppError} REQUEST_INVALID naming the field
 */
export function readScreenRequest(body: JsonObject): ScreenRequest {
  onlyFields(body, [...FIELDS, 'response'], 'the body')
  const form = formOf(optionalString(body.dialect, 'dialect') ?? 'openai-chat')
  const response = readResponse(body.response, form)
  return { form, request: readRequest(body, form), response, ...readRest(body, response !== null) }
}

/** The same for a session: its answer comes later. */
export function readSessionRequest(body: JsonObject): ScreenRequest & { readonly feed: 'text' | 'events' } {
  onlyFields(body, [...FIELDS, 'feed'], 'the body')
  const form = formOf(optionalString(body.dialect, 'dialect') ?? 'openai-chat')
  const feed = optionalString(body.feed, 'feed') ?? 'text'
  if (feed !== 'text' && feed !== 'events') throw invalid('feed', 'must be text or events')
  if (feed === 'events' && form.reader === null) throw invalid('feed', 'must be text: this dialect has no events')
  return { form, request: readRequest(body, form), response: null, feed, ...readRest(body, true) }
}

function readRequest(body: JsonObject, form: ScreenForm): DecodedRequest {
  const request = form.decodeRequest(requireObject(body.request, 'request'))
  const endUser = optionalString(body.end_user, 'end_user')
  return endUser === null ? request : { ...request, endUser }
}

function readResponse(response: JsonObject[string] | undefined, form: ScreenForm): DecodedCompletion | null {
  if (response === undefined || response === null) return null
  if (isJsonObject(response)) return form.decodeResponse(response)
  if (typeof response !== 'string') throw invalid('response', 'must be a text or an answer of the dialect')
  return { texts: [{ track: 'text', kind: 'text', text: response }], media: [], upstreamRefusal: false, usage: null }
}

function readRest(body: JsonObject, answered: boolean): Pick<ScreenRequest, 'sides' | 'surface'> {
  const sides = optionalString(body.sides, 'sides') ?? 'both'
  if (sides !== 'both' && sides !== 'prompt' && sides !== 'completion')
    throw invalid('sides', 'must be both, prompt or completion')
  if (sides === 'completion' && !answered) throw invalid('sides', 'must not be completion where there is no response')
  return { sides, surface: optionalString(body.surface, 'surface') }
}
