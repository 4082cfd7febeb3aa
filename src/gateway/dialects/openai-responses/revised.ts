import type { JsonObject } from '../../../base/json.ts'
import { encodeSse } from '../../sse.ts'
import type { DecodedRequest, RevisedAnswer, RevisedForm } from '../dialect.ts'
import { emptyResponse, NO_TOKENS, refusalItemId } from './refusal.ts'

/** One message whose only part is the text. `metadata` is where this API lets facts about an answer stand. */
export const revised: RevisedForm = {
  whole: (answer, request) => completed(begun(answer, request), answer),
  stream(answer, request) {
    let stream = ''
    let sequence = 0
    const emit = (type: string, rest: JsonObject) => {
      stream += encodeSse({ name: type, data: JSON.stringify({ type, sequence_number: sequence++, ...rest }) })
    }
    const response = begun(answer, request)
    const item = messageOf(answer)
    const part = partOf(answer)
    const place = { item_id: refusalItemId(answer), output_index: 0, content_index: 0 }
    emit('response.created', { response })
    emit('response.in_progress', { response })
    emit('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', content: [] } })
    emit('response.content_part.added', { ...place, part: { ...part, text: '' } })
    emit('response.output_text.delta', { ...place, delta: answer.text, logprobs: [] })
    emit('response.output_text.done', { ...place, text: answer.text, logprobs: [] })
    emit('response.content_part.done', { ...place, part })
    emit('response.output_item.done', { output_index: 0, item })
    emit('response.completed', { response: completed(response, answer) })
    return stream
  },
}

function begun(answer: RevisedAnswer, { model }: DecodedRequest): JsonObject {
  return { ...emptyResponse(answer, model), metadata: { safelevel_revised: answer.clause } }
}

function completed(response: JsonObject, answer: RevisedAnswer): JsonObject {
  const { inputTokens, outputTokens } = answer.usage ?? { inputTokens: 0, outputTokens: 0 }
  const counts = { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
  return { ...response, status: 'completed', output: [messageOf(answer)], usage: { ...NO_TOKENS, ...counts } }
}

function messageOf(answer: RevisedAnswer): JsonObject {
  const content = [partOf(answer)]
  return { id: refusalItemId(answer), type: 'message', role: 'assistant', status: 'completed', content }
}

function partOf({ text }: RevisedAnswer): JsonObject {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}
