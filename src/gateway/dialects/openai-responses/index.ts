import type { Dialect } from '../dialect.ts'
import { openaiError } from '../openai-error.ts'
import { decodeCompletion } from './completion.ts'
import { decodeRequest } from './decode.ts'
import { refusalBody } from './refusal.ts'
import { revised } from './revised.ts'
import { ResponsesStreamReader } from './stream.ts'

/** OpenAI Responses. @see https://platform.openai.com/docs/api-reference/responses */
export const openaiResponses: Dialect = {
  id: 'openai-responses',
  vendor: 'openai',
  decodeRequest,
  decodeCompletion,
  createStreamReader: () => new ResponsesStreamReader(),
  refusal: refusalBody,
  refusalStatus: 200,
  revised,
  error: openaiError,
}
