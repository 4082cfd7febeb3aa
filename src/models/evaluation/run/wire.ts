import { z } from 'zod'
import type { Said } from './score.ts'

/** How a model's server is spoken to. */
export const CHAT_APIS = ['openai-chat', 'anthropic-messages'] as const
export type ChatApi = (typeof CHAT_APIS)[number]

/** What every question of a run has in common. */
export interface Asking {
  readonly api: ChatApi
  /** As the server calls it. */
  readonly model: string
  readonly system: string | null
  readonly maxTokens: number
  /** null = whatever the server does by itself. */
  readonly temperature: number | null
  /** Newer models of OpenAI's want `max_completion_tokens`. */
  readonly tokensAs: 'max_tokens' | 'max_completion_tokens'
}

export interface ChatRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface Usage {
  readonly input: number
  readonly output: number
}

/** What came of one request. */
export type Reply =
  | { readonly kind: 'said'; readonly said: Said; readonly usage: Usage | null }
  /** Later, perhaps; `busy`: it is the server that wants fewer questions, whatever they are. */
  | { readonly kind: 'later'; readonly busy: boolean; readonly why: string; readonly afterMs: number | null }
  /** This question will never be answered. */
  | { readonly kind: 'failed'; readonly why: string }
  /** Nor will any other. */
  | { readonly kind: 'stop'; readonly code: 'UNAUTHENTICATED' | 'MODEL_NOT_FOUND' | 'FORBIDDEN'; readonly why: string }

export const MAX_ANSWER_BYTES = 16 * 1024 * 1024

export function chatRequest(asking: Asking, prompt: string): ChatRequest {
  const { api, model, system, maxTokens, temperature, tokensAs } = asking
  const ask = { role: 'user', content: prompt }
  const drawn = temperature === null ? {} : { temperature }
  const json = { 'content-type': 'application/json', accept: 'application/json' }
  if (api === 'anthropic-messages') {
    const told = system === null ? {} : { system }
    const body = { model, max_tokens: maxTokens, ...told, messages: [ask], ...drawn }
    return { path: '/v1/messages', headers: { ...json, 'anthropic-version': '2023-06-01' }, body: bytes(body) }
  }
  const messages = system === null ? [ask] : [{ role: 'system', content: system }, ask]
  return {
    path: '/v1/chat/completions',
    headers: json,
    body: bytes({ model, messages, [tokensAs]: maxTokens, ...drawn }),
  }
}

function bytes(body: object): Uint8Array {
  return Buffer.from(JSON.stringify(body))
}

/** The most tokens that one request can cost: no token is shorter than a byte, and a few are added around what is said. */
export function mostUsage({ system, maxTokens }: Asking, prompt: string): Usage {
  return { input: Buffer.byteLength(prompt) + Buffer.byteLength(system ?? '') + 64, output: maxTokens }
}

const Count = z.int().min(0)
const ChatAnswer = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.looseObject({ prompt_tokens: Count, completion_tokens: Count }).nullish(),
})
const MessagesAnswer = z.looseObject({
  type: z.literal('message'),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string().nullish(),
  usage: z.looseObject({ input_tokens: Count, output_tokens: Count }).nullish(),
})
const ErrorAnswer = z.looseObject({ error: z.looseObject({ code: z.unknown(), type: z.unknown() }) })

/** Reads what a server answered; nothing of its words is repeated in `why`. @param nowMs for dates in `retry-after` */
export function readReply(
  api: ChatApi,
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string },
  nowMs: number,
): Reply {
  const { status, headers, body } = answer
  const why = `the model's server answered ${status}`
  if (status === 200) return readAnswer(api, body)
  if (status === 429 || status === 503 || status === 529)
    return { kind: 'later', busy: true, why, afterMs: retryAfterMs(headers, nowMs) }
  if (status === 408 || status === 409 || status === 425 || status >= 500)
    return { kind: 'later', busy: false, why, afterMs: retryAfterMs(headers, nowMs) }
  if (FILTERED.has(errorCode(body))) return { kind: 'said', said: { text: '', end: 'refusal' }, usage: null }
  if (status === 401) return { kind: 'stop', code: 'UNAUTHENTICATED', why: `${why}: check the key` }
  if (status === 402 || status === 403)
    return { kind: 'stop', code: 'FORBIDDEN', why: `${why}: the key may not do this` }
  if (status === 404 || status === 405)
    return { kind: 'stop', code: 'MODEL_NOT_FOUND', why: `${why}: check the model and the address` }
  return { kind: 'failed', why }
}

function readAnswer(api: ChatApi, body: string): Reply {
  const malformed: Reply = { kind: 'later', busy: false, why: 'the answer is malformed', afterMs: null }
  const value = parsed(body)
  if (api === 'anthropic-messages') {
    const { success, data } = MessagesAnswer.safeParse(value)
    if (!success) return malformed
    const text = data.content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('')
    const usage = data.usage ? { input: data.usage.input_tokens, output: data.usage.output_tokens } : null
    return { kind: 'said', said: { text, end: ENDS.get(data.stop_reason ?? '') ?? 'stop' }, usage }
  }
  const { success, data } = ChatAnswer.safeParse(value)
  const choice = data?.choices[0]
  if (!success || choice === undefined) return malformed
  const { content, refusal } = choice.message
  const end = refusal ? 'refusal' : (ENDS.get(choice.finish_reason ?? '') ?? 'stop')
  const usage = data.usage ? { input: data.usage.prompt_tokens, output: data.usage.completion_tokens } : null
  return { kind: 'said', said: { text: content ?? '', end }, usage }
}

const ENDS: ReadonlyMap<string, Said['end']> = new Map([
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['content_filter', 'refusal'],
  ['refusal', 'refusal'],
])
/** Refusals that come as errors: Azure's filter, and a gateway's. */
const FILTERED: ReadonlySet<unknown> = new Set(['content_filter', 'content_policy_violation', 'content_refused'])

function errorCode(body: string): unknown {
  const { success, data } = ErrorAnswer.safeParse(parsed(body))
  return success ? data.error.code : undefined
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Seconds or a date (RFC 9110, 10.2.3), or milliseconds as OpenAI gives them; null where it says nothing that can be read. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(ms) && ms >= 0) return ms
  const after = headers['retry-after']?.trim()
  if (after === undefined || after === '') return null
  const seconds = Number(after)
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1_000 : null
  const date = Date.parse(after)
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs)
}
