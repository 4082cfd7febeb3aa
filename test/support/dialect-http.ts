import type { DialectId } from '../../src/gateway/dialects/dialect.ts'
import type { SseEvent } from '../../src/gateway/sse.ts'
import { decodeSse } from './decode-sse.ts'
import { MODEL, type RunningApp } from './running-app.ts'

export const DIALECT_IDS = ['openai-chat', 'openai-responses', 'anthropic-messages'] as const
export const PATHS: Readonly<Record<DialectId, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'anthropic-messages': '/v1/messages',
}

/** The smallest request of each dialect. */
export function simpleBody(dialect: DialectId, text: string, rest: Record<string, unknown> = {}) {
  if (dialect === 'openai-responses') return { model: MODEL, input: text, ...rest }
  const messages = [{ role: 'user', content: text }]
  return { model: MODEL, ...(dialect === 'openai-chat' ? {} : { max_tokens: 500 }), messages, ...rest }
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

/** How an answer reads in its dialect. */
export function verdictOf(dialect: DialectId, { status, text }: Answered): 'refused' | 'answered' | 'error' {
  if (status !== 200) return 'error'
  const refused =
    dialect === 'openai-chat'
      ? /"finish_reason":"content_filter"/
      : dialect === 'openai-responses'
        ? /"incomplete_details":\{"reason":"content_filter"\}/
        : /"stop_reason":"refusal"/
  if (refused.test(text)) return 'refused'
  return /^(?:event: error|data: \{"error")/m.test(text) ? 'error' : 'answered'
}
