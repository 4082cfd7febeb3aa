import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { invalid, optionalString, requireObject } from '../dialects/request-fields.ts'
import { readScreenRequest, type ScreenRequest } from './request.ts'

/** What Portkey calls the kinds of requests. */
const DIALECTS: ReadonlyMap<string, string> = new Map([
  ['chatComplete', 'openai-chat'],
  ['complete', 'openai-completions'],
  ['embed', 'openai-embeddings'],
  ['messages', 'anthropic-messages'],
  ['createModelResponse', 'openai-responses'],
])

/**
 * What a webhook guardrail of Portkey's gateway asks. Its hooks get no answer that streams, so a request that asks for a stream is not one
 * that can be let through here, unless whoever runs it says that prompts alone are to be screened.
 *
 * @returns the request to judge; null for a stream whose answer nobody would see.
 * @throws {AppError} REQUEST_INVALID
 */
export function readPortkeyHook(body: JsonObject, query: URLSearchParams): ScreenRequest | null {
  const kind = optionalString(body.requestType, 'requestType') ?? ''
  const dialect = DIALECTS.get(kind)
  if (dialect === undefined) throw invalid('requestType', `must be one of ${[...DIALECTS.keys()].join(', ')}`)
  const asked = requireObject(body.request, 'request')
  const request = requireObject(asked.json, 'request.json')
  const streams = asked.isStreamingRequest === true || request.stream === true
  if (streams && query.get('streams') !== 'prompt-only') return null
  const surface = query.get('surface')
  const common = { dialect, request, ...(surface === null ? {} : { surface }) }
  if (body.eventType !== 'afterRequestHook' || streams) return readScreenRequest({ ...common, sides: 'prompt' })
  const { json } = requireObject(body.response, 'response')
  if (!isJsonObject(json)) throw invalid('response.json', 'must be the answer')
  return readScreenRequest({ ...common, response: json, sides: 'completion' })
}

/** What Portkey reads: whether it goes on. */
export function portkeyVerdict(verdict: JsonObject): JsonObject {
  return { verdict: verdict.decision === 'allow', data: verdict }
}

export const STREAM_NOT_SEEN: JsonObject = {
  verdict: false,
  data: {
    wording:
      'Portkey hands its hooks no answer that streams, so it could not be screened: ask without stream, or see Safelevel’s recipe for Portkey.',
  },
}
