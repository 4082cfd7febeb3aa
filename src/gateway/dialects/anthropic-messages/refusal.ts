import type { AppError } from '../../../base/errors.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Label } from '../../../screening/index.ts'
import type { DecodedRequest, ErrorBody, Refusal } from '../dialect.ts'

/** Anthropic names four categories; what has no name of its own there is `general_harms`. */
const CATEGORIES: Partial<Record<Label, string>> = { cyber_operations: 'cyber', biological: 'bio', chemical: 'bio' }

export function stopDetails(refusal: Refusal): JsonObject {
  return { type: 'refusal', category: CATEGORIES[refusal.label] ?? 'general_harms', explanation: refusal.explanation }
}

export const NO_TOKENS: JsonObject = {
  input_tokens: 0,
  output_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: null,
  output_tokens_details: null,
  server_tool_use: null,
  service_tier: null,
  inference_geo: null,
  speed: null,
}

/** A message without content, as it stands at the start of a stream. */
export function emptyMessage({ decisionId }: Pick<Refusal, 'decisionId'>, model: string): JsonObject {
  return {
    id: `msg_${decisionId}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    usage: NO_TOKENS,
  }
}

/** The answer to a refused request. @see https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals */
export function refusalBody(refusal: Refusal, request: DecodedRequest): JsonObject {
  return { ...emptyMessage(refusal, request.model), stop_reason: 'refusal', stop_details: stopDetails(refusal) }
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  529: 'overloaded_error',
  504: 'timeout_error',
}

/** @see https://platform.claude.com/docs/en/api/errors */
export function errorBody(error: AppError, requestId: string): ErrorBody {
  const { message } = error
  // Anthropic's own status for it, which its clients retry on.
  const status = error.code === 'OVERLOADED' ? 529 : error.status
  const type = ERROR_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  return { status, body: { type: 'error', error: { type, message }, request_id: requestId } }
}
