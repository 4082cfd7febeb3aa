import type { JsonObject } from '../../../base/json.ts'
import { NO_TOKENS } from '../choice-stream.ts'
import type { DecodedRequest, Refusal } from '../dialect.ts'

export function refusalId({ decisionId }: Refusal): string {
  return `cmpl-${decisionId}`
}

/** No word of ours stands in `text`: it goes on from the prompt and may be code. */
export function refusalChoice({ explanation }: Refusal): JsonObject {
  return { text: '', refusal: explanation }
}

/** The answer to a refused request: every choice empty, with the finish reason of a filter. */
export function refusalBody(refusal: Refusal, request: DecodedRequest): JsonObject {
  return {
    id: refusalId(refusal),
    object: 'text_completion',
    created: refusal.createdSeconds,
    model: request.model,
    choices: Array.from({ length: request.choices }, (_, index) => ({
      index,
      ...refusalChoice(refusal),
      logprobs: null,
      finish_reason: 'content_filter',
    })),
    usage: NO_TOKENS,
  }
}
