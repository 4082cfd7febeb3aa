import type { JsonObject } from '../../../base/json.ts'
import type { DecodedRequest, Refusal } from '../dialect.ts'

export const NO_TOKENS: JsonObject = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

export function refusalId(refusal: Refusal): string {
  return `chatcmpl-${refusal.decisionId}`
}

export function wantsUsage(request: DecodedRequest): boolean {
  return 'includeUsage' in request && request.includeUsage === true
}

/**
 * The answer to a refused request: in every choice a refusal, which clients show in place of content, and the finish reason by which
 * they tell a filter from a model that declines by itself.
 */
export function refusalBody(refusal: Refusal, request: DecodedRequest): JsonObject {
  const message = { role: 'assistant', content: null, refusal: refusal.explanation, annotations: [] }
  return {
    id: refusalId(refusal),
    object: 'chat.completion',
    created: refusal.createdSeconds,
    model: request.model,
    choices: Array.from({ length: request.choices }, (_, index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: 'content_filter',
    })),
    usage: NO_TOKENS,
  }
}
