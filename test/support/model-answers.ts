import type { SpeakingDialectId } from '../../src/gateway/dialects/dialect.ts'
import { encodeSse } from '../../src/gateway/sse.ts'
import { wholeAnswer } from './invariants.ts'
import { textStream } from './text-streams.ts'

const DIALECT_OF: Readonly<Record<string, SpeakingDialectId>> = {
  '/v1/chat/completions': 'openai-chat',
  '/chat/completions': 'openai-chat',
  '/v1/completions': 'openai-completions',
  '/completions': 'openai-completions',
  '/v1/responses': 'openai-responses',
  '/responses': 'openai-responses',
  '/v1/messages': 'anthropic-messages',
}

/** What a model's server answers that says this text, in the dialect of the path, whole or streamed. */
export function modelAnswer(
  path: string,
  text: string,
  stream: boolean,
): { readonly type: string; readonly body: string } {
  const dialect = DIALECT_OF[path.split('?', 1)[0] ?? ''] ?? 'openai-chat'
  if (stream) {
    const events = [...textStream(dialect, text.match(/[\s\S]{1,12}/g) ?? [])]
    return { type: 'text/event-stream', body: events.map((event) => encodeSse(event)).join('') }
  }
  return { type: 'application/json', body: JSON.stringify(wholeAnswer(dialect, text)) }
}
