import { anthropicMessages } from './anthropic-messages/index.ts'
import type { Dialect, DialectId } from './dialect.ts'
import { openaiChat } from './openai-chat/index.ts'
import { openaiResponses } from './openai-responses/index.ts'

export const DIALECTS: Readonly<Record<DialectId, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
}
