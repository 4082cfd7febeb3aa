import { ChoiceStreamReader } from '../choice-stream.ts'
import type { Dialect } from '../dialect.ts'
import { openaiError } from '../openai-error.ts'
import { decodeCompletion, readChoice } from './completion.ts'
import { decodeRequest } from './decode.ts'
import { refusalBody, refusalChoice, refusalId } from './refusal.ts'
import { revised } from './revised.ts'
import { ANSWER } from './shapes.ts'

/** OpenAI Completions, the older API without roles. @see https://platform.openai.com/docs/api-reference/completions */
export const openaiCompletions: Dialect = {
  id: 'openai-completions',
  vendor: 'openai',
  decodeRequest,
  decodeCompletion,
  createStreamReader: () =>
    new ChoiceStreamReader({
      object: 'text_completion',
      around: ANSWER,
      read: readChoice,
      refuse: refusalChoice,
      refusalId,
    }),
  refusal: refusalBody,
  refusalStatus: 200,
  revised,
  error: openaiError,
}
