import type { Probe } from './schema.ts'

/** A canary as it goes over the wire. */
export interface CanaryRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const MAX_TOKENS = 1_024

/** The request of a probe: a whole answer where the harm is in the prompt, a streamed one where it is in the answer. */
export function requestOf({ dialect, model, side }: Probe, text: string): CanaryRequest {
  const stream = side === 'completion'
  const messages = [{ role: 'user', content: text }]
  const headers = { 'content-type': 'application/json' }
  if (dialect === 'openai-chat') {
    return { path: '/v1/chat/completions', headers, body: JSON.stringify({ model, messages, stream }) }
  }
  if (dialect === 'openai-responses') {
    return { path: '/v1/responses', headers, body: JSON.stringify({ model, input: text, stream }) }
  }
  return {
    path: '/v1/messages',
    headers: { ...headers, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ model, messages, stream, max_tokens: MAX_TOKENS }),
  }
}

/** How each API says that an answer was refused or cut; docs/guide/refusals.md shows them whole. */
const REFUSALS: Readonly<Record<Probe['dialect'], RegExp>> = {
  'openai-chat': /"finish_reason":\s*"content_filter"/,
  'openai-responses': /"type":\s*"(?:response\.)?refusal/,
  'anthropic-messages': /"stop_reason":\s*"refusal"/,
}

/** Whether this answer, streamed or whole, is a native refusal. */
export function isRefusal(dialect: Probe['dialect'], answer: string): boolean {
  return REFUSALS[dialect].test(answer)
}
