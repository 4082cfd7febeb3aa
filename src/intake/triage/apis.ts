import type { ChatApi } from '../../models/evaluation/index.ts'

/** How what is deployed can be asked. */
export const CHAT_APIS = ['openai-chat', 'anthropic-messages'] as const satisfies readonly ChatApi[]
