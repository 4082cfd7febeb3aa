import type { JsonObject } from '../../../base/json.ts'
import { NO_TOKENS } from '../choice-stream.ts'
import type { DecodedRequest, Refusal } from '../dialect.ts'

export function refusalId(refusal: Refusal): string {
  return `chatcmpl-${refusal.decisionId}`
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
