import type { JsonObject } from '../../../base/json.ts'
import { encodeSse } from '../../sse.ts'
import type { DecodedRequest, RevisedAnswer, RevisedForm } from '../dialect.ts'
import { emptyMessage, NO_TOKENS } from './refusal.ts'

/** One text block that ended its turn. */
export const revised: RevisedForm = {
  whole: (answer, request) => ({
    ...begun(answer, request),
    content: [{ type: 'text', text: answer.text, citations: null }],
    stop_reason: 'end_turn',
    usage: usageOf(answer, answer.usage?.outputTokens ?? 0),
  }),
  stream: (answer, request) =>
    [
      event('message_start', { message: begun(answer, request) }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '', citations: null } }),
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: answer.text } }),
      event('content_block_stop', { index: 0 }),
      event('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null, stop_details: null, container: null },
        usage: { output_tokens: answer.usage?.outputTokens ?? 0 },
      }),
      event('message_stop', {}),
    ].join(''),
}

function begun(answer: RevisedAnswer, { model }: DecodedRequest): JsonObject {
  return { ...emptyMessage(answer, model), usage: usageOf(answer, 0), safelevel_revised: answer.clause }
}

function usageOf({ usage }: RevisedAnswer, outputTokens: number): JsonObject {
  return { ...NO_TOKENS, input_tokens: usage?.inputTokens ?? 0, output_tokens: outputTokens }
}

function event(type: string, rest: JsonObject): string {
  return encodeSse({ name: type, data: JSON.stringify({ type, ...rest }) })
}
