import type { JsonObject } from '../../../base/json.ts'
import type { DecodedRequest, Refusal } from '../dialect.ts'

export const NO_TOKENS: JsonObject = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
}

/** A response that has not begun to answer. */
export function emptyResponse(refusal: Pick<Refusal, 'decisionId' | 'createdSeconds'>, model: string): JsonObject {
  return {
    id: `resp_${refusal.decisionId}`,
    object: 'response',
    created_at: refusal.createdSeconds,
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: null,
  }
}

/**
 * `response` ended by a filter. Status `incomplete` with this reason is what the API itself says when a filter stops an answer: the AI
 * SDK reads it as finish reason `content-filter`, where `completed` would read as an answer that is all there. It is also what may follow
 * an item that was cut in two; OpenAI's SDK refuses `completed` then.
 */
export function filtered(response: JsonObject, output: JsonObject[]): JsonObject {
  return {
    ...response,
    status: 'incomplete',
    incomplete_details: { reason: 'content_filter' },
    output,
    usage: response.usage ?? NO_TOKENS,
  }
}

export function refusalItemId(refusal: Pick<Refusal, 'decisionId'>): string {
  return `msg_${refusal.decisionId}`
}

/** The answer to a refused request: one message whose only part is a refusal. */
export function refusalBody(refusal: Refusal, request: DecodedRequest): JsonObject {
  const content = [{ type: 'refusal', refusal: refusal.explanation }]
  const message = { id: refusalItemId(refusal), type: 'message', role: 'assistant', status: 'completed', content }
  return filtered(emptyResponse(refusal, request.model), [message])
}
