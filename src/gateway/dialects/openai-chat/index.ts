import type { Dialect } from '../dialect.ts'
import { openaiError } from '../openai-error.ts'
import { decodeCompletion } from './completion.ts'
import { decodeRequest } from './decode.ts'
import { refusalBody } from './refusal.ts'
import { revised } from './revised.ts'
import { ChatStreamReader } from './stream.ts'

/** OpenAI Chat Completions. @see https://platform.openai.com/docs/api-reference/chat */
export const openaiChat: Dialect = {
  id: 'openai-chat',
  vendor: 'openai',
  decodeRequest,
  decodeCompletion,
  createStreamReader: () => new ChatStreamReader(),
  refusal: refusalBody,
  refusalStatus: 200,
  revised,
  error: openaiError,
}
