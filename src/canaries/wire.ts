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
  if (dialect === 'openai-completions') {
    return { path: '/v1/completions', headers, body: JSON.stringify({ model, prompt: text, stream }) }
  }
  if (dialect === 'openai-embeddings') {
    return { path: '/v1/embeddings', headers, body: JSON.stringify({ model, input: text }) }
  }
  const version = { ...headers, 'anthropic-version': '2023-06-01' }
  if (dialect === 'anthropic-count-tokens') {
    return { path: '/v1/messages/count_tokens', headers: version, body: JSON.stringify({ model, messages }) }
  }
  return {
    path: '/v1/messages',
    headers: version,
    body: JSON.stringify({ model, messages, stream, max_tokens: MAX_TOKENS }),
  }
}

/** How each API says that an answer was refused or cut; docs/guide/refusals.md shows them whole. */
const REFUSALS: Readonly<Record<Probe['dialect'], { readonly status: number; readonly says: RegExp }>> = {
  'openai-chat': { status: 200, says: /"finish_reason":\s*"content_filter"/ },
  'openai-responses': { status: 200, says: /"type":\s*"(?:response\.)?refusal/ },
  'openai-completions': { status: 200, says: /"finish_reason":\s*"content_filter"/ },
  'openai-embeddings': { status: 400, says: /"code":\s*"content_filter"/ },
  'anthropic-messages': { status: 200, says: /"stop_reason":\s*"refusal"/ },
  'anthropic-count-tokens': { status: 400, says: /"stop_details":\s*\{\s*"type":\s*"refusal"/ },
}

/** Whether this answer, streamed or whole, is a native refusal. */
export function isRefusal(dialect: Probe['dialect'], status: number, answer: string): boolean {
  const refusal = REFUSALS[dialect]
  return status === refusal.status && refusal.says.test(answer)
}
