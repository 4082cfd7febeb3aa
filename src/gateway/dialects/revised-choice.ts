import type { JsonObject } from '../../base/json.ts'
import { encodeSse } from '../sse.ts'
import { DONE, wantsUsage } from './choice-stream.ts'
import type { DecodedRequest, RevisedAnswer, RevisedForm, Usage } from './dialect.ts'

/** In what revised answers of OpenAI's dialects with choices differ. */
export interface RevisedChoiceForm {
  readonly idPrefix: string
  readonly object: string
  readonly chunkObject: string
  /** What of the only choice holds the text of a whole answer. */
  readonly whole: (text: string) => JsonObject
  /** The same of a chunk; null = the chunk that ends it, without text. */
  readonly piece: (text: string | null) => JsonObject
}

/** A revised answer of a dialect with choices. */
export function revisedChoice(form: RevisedChoiceForm): RevisedForm {
  const head = (answer: RevisedAnswer, { model }: DecodedRequest, object: string): JsonObject => ({
    id: `${form.idPrefix}-${answer.decisionId}`,
    object,
    created: answer.createdSeconds,
    model,
    safelevel_revised: answer.clause,
  })
  return {
    whole: (answer, request) => ({
      ...head(answer, request, form.object),
      choices: [{ index: 0, ...form.whole(answer.text), logprobs: null, finish_reason: 'stop' }],
      usage: usageOf(answer.usage),
    }),
    stream(answer, request) {
      const isWanted = wantsUsage(request)
      const chunk = (choices: JsonObject[], usage: JsonObject | null) =>
        encodeSse({
          name: null,
          data: JSON.stringify({
            ...head(answer, request, form.chunkObject),
            choices,
            ...(isWanted ? { usage } : {}),
          }),
        })
      const choice = (text: string | null): JsonObject => ({
        index: 0,
        ...form.piece(text),
        logprobs: null,
        finish_reason: text === null ? 'stop' : null,
      })
      const last = isWanted ? chunk([], usageOf(answer.usage)) : ''
      return `${chunk([choice(answer.text)], null)}${chunk([choice(null)], null)}${last}${encodeSse({ name: null, data: DONE })}`
    },
  }
}

function usageOf(usage: Usage | null): JsonObject {
  const { inputTokens, outputTokens } = usage ?? { inputTokens: 0, outputTokens: 0 }
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
}
