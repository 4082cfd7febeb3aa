import type { DialectId, SpeakingDialectId } from '../../src/gateway/dialects/dialect.ts'
import type { SseEvent } from '../../src/gateway/sse.ts'
import { decodeSse } from './decode-sse.ts'
import { MODEL, type RunningApp } from './running-app.ts'

/** Those whose answers are words. */
export const SPEAKING_IDS = [
  'openai-chat',
  'openai-responses',
  'openai-completions',
  'anthropic-messages',
] as const satisfies readonly SpeakingDialectId[]
export const DIALECT_IDS = [
  ...SPEAKING_IDS,
  'openai-embeddings',
  'anthropic-count-tokens',
] as const satisfies readonly DialectId[]
export const PATHS: Readonly<Record<DialectId, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'openai-completions': '/v1/completions',
  'openai-embeddings': '/v1/embeddings',
  'anthropic-messages': '/v1/messages',
  'anthropic-count-tokens': '/v1/messages/count_tokens',
}

/** The smallest request of each dialect. */
export function simpleBody(dialect: DialectId, text: string, rest: Record<string, unknown> = {}) {
  if (dialect === 'openai-responses' || dialect === 'openai-embeddings') return { model: MODEL, input: text, ...rest }
  if (dialect === 'openai-completions') return { model: MODEL, prompt: text, ...rest }
  const messages = [{ role: 'user', content: text }]
  return { model: MODEL, ...(dialect === 'anthropic-messages' ? { max_tokens: 500 } : {}), messages, ...rest }
}

export interface Answered {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** Posts raw bytes or an object and reads the whole answer. */
export async function post(
  running: Pick<RunningApp, 'url' | 'key'>,
  path: string,
  body: unknown,
  init: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Answered> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const response = await fetch(running.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json', ...init.headers },
    body: raw,
    ...(init.signal === undefined ? {} : { signal: init.signal }),
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

export async function eventsOf(text: string): Promise<SseEvent[]> {
  const events: SseEvent[] = []
  for await (const event of decodeSse(once(Buffer.from(text)))) events.push(event)
  return events
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** How each dialect says that something was refused: by status and words. */
const REFUSED: Readonly<Record<DialectId, readonly [status: number, words: RegExp]>> = {
  'openai-chat': [200, /"finish_reason":"content_filter"/],
  'openai-responses': [200, /"incomplete_details":\{"reason":"content_filter"\}/],
  'openai-completions': [200, /"finish_reason":"content_filter"/],
  'openai-embeddings': [400, /"code":"content_filter"/],
  'anthropic-messages': [200, /"stop_reason":"refusal"/],
  'anthropic-count-tokens': [400, /"stop_details":\{"type":"refusal"/],
}

/** How an answer reads in its dialect. */
export function verdictOf(
  dialect: DialectId,
  { status, text }: Pick<Answered, 'status' | 'text'>,
): 'refused' | 'answered' | 'error' {
  const [refusedStatus, refused] = REFUSED[dialect]
  if (status === refusedStatus && refused.test(text)) return 'refused'
  if (status !== 200) return 'error'
  return /^(?:event: error|data: \{"error")/m.test(text) ? 'error' : 'answered'
}
