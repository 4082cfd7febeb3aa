import { z } from 'zod'
import { retryAfterMs } from '../base/retry-after.ts'
import type { Ask, ChatApi, Said, Usage } from './ask.ts'

/** Newer models of OpenAI's want `max_completion_tokens`. */
export type TokensAs = 'max_tokens' | 'max_completion_tokens'

export interface ChatRequest {
  readonly api: ChatApi
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface WireAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came of one request. */
export type Reply =
  | { readonly kind: 'said'; readonly said: Said }
  /** Later, perhaps; `busy`: it is the server that wants fewer questions, whatever they are. */
  | { readonly kind: 'later'; readonly busy: boolean; readonly why: string; readonly afterMs: number | null }
  /** This question will never be answered. */
  | { readonly kind: 'failed'; readonly why: string }
  /** Nor will any other. */
  | { readonly kind: 'stop'; readonly code: 'UNAUTHENTICATED' | 'MODEL_NOT_FOUND' | 'FORBIDDEN'; readonly why: string }

export const MAX_ANSWER_BYTES = 16 * 1024 * 1024

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' }

/** The question as a server of that dialect takes it. @param model as the server calls it */
export function chatRequest(api: ChatApi, model: string, ask: Ask, tokensAs: TokensAs = 'max_tokens'): ChatRequest {
  const { system, temperature, topP } = ask
  const drawn = { ...(temperature === null ? {} : { temperature }), ...(topP === null ? {} : { top_p: topP }) }
  const turns = ask.turns.map(({ role, text }) => ({ role, content: text }))
  if (api === 'anthropic-messages') {
    const told = system === null ? {} : { system }
    const body = { model, max_tokens: ask.maxTokens, ...told, messages: turns, ...drawn, ...messagesOptions(ask) }
    const headers = { ...JSON_HEADERS, 'anthropic-version': '2023-06-01' }
    return { api, path: '/v1/messages', headers, body: bytes(body) }
  }
  const messages = system === null ? turns : [{ role: 'system', content: system }, ...turns]
  const body = { model, messages, [tokensAs]: ask.maxTokens, ...drawn, ...chatOptions(ask) }
  return { api, path: '/v1/chat/completions', headers: JSON_HEADERS, body: bytes(body) }
}

function messagesOptions({ stop, tools }: Ask) {
  const named = tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters }))
  return {
    ...(stop.length === 0 ? {} : { stop_sequences: stop }),
    ...(named.length === 0 ? {} : { tools: named }),
  }
}

function chatOptions({ stop, seed, topLogprobs, tools }: Ask) {
  return {
    ...(stop.length === 0 ? {} : { stop }),
    ...(seed === null ? {} : { seed }),
    ...(topLogprobs === null ? {} : { logprobs: true, top_logprobs: topLogprobs }),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => ({ type: 'function', function: tool })) }),
  }
}

function bytes(body: object): Uint8Array {
  return Buffer.from(JSON.stringify(body))
}

/** The most tokens that one request can cost: no token is shorter than a byte, and a few are added around what is said. */
export function mostUsage({ system, turns, tools, maxTokens }: Ask): Usage {
  const said = turns.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 16, 64)
  const told = Buffer.byteLength(system ?? '') + (tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools)))
  return { input: said + told, output: maxTokens }
}

const Count = z.int().min(0)
const ToolCall = z.looseObject({ function: z.looseObject({ name: z.string(), arguments: z.string() }) })
const TopToken = z.looseObject({ token: z.string(), logprob: z.number() })
const ChatAnswer = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(ToolCall).nullish(),
        }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .looseObject({ content: z.array(z.looseObject({ top_logprobs: z.array(TopToken).nullish() })).nullish() })
          .nullish(),
      }),
    )
    .min(1),
  usage: z.looseObject({ prompt_tokens: Count, completion_tokens: Count }).nullish(),
})
const MessagesAnswer = z.looseObject({
  type: z.literal('message'),
  content: z.array(
    z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      name: z.string().optional(),
      input: z.json().optional(),
    }),
  ),
  stop_reason: z.string().nullish(),
  usage: z.looseObject({ input_tokens: Count, output_tokens: Count }).nullish(),
})
const ErrorAnswer = z.looseObject({ error: z.looseObject({ code: z.unknown(), type: z.unknown() }) })

/** Reads what a server answered; nothing of its words is repeated in `why`. */
export function readReply(api: ChatApi, answer: WireAnswer): Reply {
  const { status, headers, body } = answer
  const why = `the model's server answered ${status}`
  const decision = headers['x-safelevel-decision'] ?? null
  if (status === 200) return readAnswer(api, body, decision)
  if (status === 429 || status === 503 || status === 529)
    return { kind: 'later', busy: true, why, afterMs: retryAfterMs(headers) }
  if (status === 408 || status === 409 || status === 425 || status >= 500)
    return { kind: 'later', busy: false, why, afterMs: retryAfterMs(headers) }
  if (FILTERED.has(errorCode(body)))
    return { kind: 'said', said: { text: '', end: 'refusal', usage: null, firstToken: null, decision } }
  if (status === 401) return { kind: 'stop', code: 'UNAUTHENTICATED', why: `${why}: check the key` }
  if (status === 402 || status === 403)
    return { kind: 'stop', code: 'FORBIDDEN', why: `${why}: the key may not do this` }
  if (status === 404 || status === 405)
    return { kind: 'stop', code: 'MODEL_NOT_FOUND', why: `${why}: check the model and the address` }
  return { kind: 'failed', why }
}

function readAnswer(api: ChatApi, body: string, decision: string | null): Reply {
  const said = api === 'anthropic-messages' ? readMessage(parsed(body)) : readChoice(parsed(body))
  if (said === null) return { kind: 'later', busy: false, why: 'the answer is malformed', afterMs: null }
  return { kind: 'said', said: { ...said, decision } }
}

type Read = Omit<Said, 'decision'> | null

function readMessage(value: unknown): Read {
  const { success, data } = MessagesAnswer.safeParse(value)
  if (!success) return null
  const { content, usage: used, stop_reason: reason } = data
  const text = content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('')
  const calls = content.flatMap(({ name, input }) =>
    name === undefined ? [] : [called(name, JSON.stringify(input) ?? '')],
  )
  const usage = used ? { input: used.input_tokens, output: used.output_tokens } : null
  return { text: joined(text, calls), end: ENDS.get(reason ?? '') ?? 'stop', usage, firstToken: null }
}

function readChoice(value: unknown): Read {
  const { success, data } = ChatAnswer.safeParse(value)
  const choice = data?.choices[0]
  if (!success || choice === undefined) return null
  const { content, refusal, tool_calls: calls } = choice.message
  const text = joined(
    content ?? '',
    (calls ?? []).map((call) => called(call.function.name, call.function.arguments)),
  )
  const top = choice.logprobs?.content?.[0]?.top_logprobs ?? null
  return {
    text,
    end: refusal ? 'refusal' : (ENDS.get(choice.finish_reason ?? '') ?? 'stop'),
    usage: data.usage ? { input: data.usage.prompt_tokens, output: data.usage.completion_tokens } : null,
    firstToken: top === null ? null : Object.fromEntries(top.map(({ token, logprob }) => [token, logprob])),
  }
}

const called = (name: string, given: string) => `${name} ${given}`
const joined = (text: string, calls: readonly string[]) => [text, ...calls].filter((one) => one !== '').join('\n')

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
