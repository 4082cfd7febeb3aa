import type { Dialect } from '../dialect.ts'
import { decodeCompletion } from './completion.ts'
import { decodeRequest } from './decode.ts'
import { errorBody, refusalBody } from './refusal.ts'
import { revised } from './revised.ts'
import { MessagesStreamReader } from './stream.ts'

/** Anthropic Messages. @see https://platform.claude.com/docs/en/api/messages */
export const anthropicMessages: Dialect = {
  id: 'anthropic-messages',
  vendor: 'anthropic',
  decodeRequest,
  decodeCompletion,
  createStreamReader: () => new MessagesStreamReader(),
  refusal: refusalBody,
  refusalStatus: 200,
  revised,
  error: errorBody,
}
