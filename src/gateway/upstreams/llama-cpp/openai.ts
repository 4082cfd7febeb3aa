import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import type { Json } from '../../../base/json.ts'
import { parseStrictJson } from '../../../base/strict-json.ts'
import type { DialectId } from '../../dialects/dialect.ts'
import type { Piece } from './model-host.ts'
import type { Likely, Prompt, Sampling } from './protocol.ts'

/** What is asked of a model, whichever of the two dialects asked it. */
export interface Asked {
  readonly prompt: Prompt
  readonly sampling: Sampling
  readonly stream: boolean
  readonly wantsUsage: boolean
  readonly model: string
}

const Text = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal('text'), text: z.string() }))
    .transform((parts) => parts.map(({ text }) => text).join('')),
])
const Common = z.object({
  model: z.string(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  n: z.literal(1).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
})
const Chat = Common.extend({
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  messages: z.array(z.object({ role: z.enum(['system', 'developer', 'user', 'assistant']), content: Text })).min(1),
  tools: z.array(z.never()).nullish(),
})
const Completion = Common.extend({ prompt: z.string(), logprobs: z.null().optional() })

/** @throws {AppError} REQUEST_INVALID for what a plain model can't do: tools, pictures, several choices, other dialects */
export function readAsked(dialect: DialectId, body: Uint8Array): Asked {
  const json = parseStrictJson(body, { maxDepth: 64 })
  if (dialect === 'openai-chat') {
    const read = parsed(Chat, json)
    const turns = read.messages.map(({ role, content }) => ({
      role: role === 'developer' ? ('system' as const) : role,
      text: content,
    }))
    const { sampling, ...asked } = common(read)
    const topLogprobs = readLogprobs(read)
    return {
      ...asked,
      sampling: { ...sampling, ...(topLogprobs === null ? {} : { topLogprobs }) },
      prompt: { type: 'chat', turns },
    }
  }
  if (dialect === 'openai-completions') {
    const read = parsed(Completion, json)
    return { ...common(read), prompt: { type: 'text', text: read.prompt } }
  }
  throw new AppError('REQUEST_INVALID', 'this model is served by Chat Completions and Completions alone')
}

/** @returns how many are asked for; null for none */
function readLogprobs({ logprobs, top_logprobs: top, stream }: z.infer<typeof Chat>): number | null {
  if (logprobs !== true) return null
  if (stream === true)
    throw new AppError('REQUEST_INVALID', 'this model gives log-probabilities in whole answers alone, not in streams')
  return top ?? 0
}

function parsed<T>(schema: z.ZodType<T>, json: Json): T {
  const { success, data } = schema.safeParse(json)
  if (success) return data
  throw new AppError(
    'REQUEST_INVALID',
    'this model takes text in one choice: no tools, no pictures, log-probabilities in chats alone',
  )
}

function common(read: z.infer<typeof Common>): Omit<Asked, 'prompt'> {
  const maxTokens = read.max_completion_tokens ?? read.max_tokens
  const sampling = {
    stop: typeof read.stop === 'string' ? [read.stop] : (read.stop ?? []),
    ...(maxTokens == null ? {} : { maxTokens }),
    ...(read.temperature == null ? {} : { temperature: read.temperature }),
    ...(read.top_p == null ? {} : { topP: read.top_p }),
    ...(read.seed == null ? {} : { seed: read.seed }),
  }
  const wantsUsage = read.stream_options?.include_usage === true
  return { sampling, stream: read.stream === true, wantsUsage, model: read.model }
}

/** What every part of one answer says of itself. */
export interface AnswerHead {
  readonly id: string
  readonly createdSeconds: number
  readonly dialect: DialectId
  readonly asked: Asked
}

const isChat = ({ dialect }: AnswerHead) => dialect === 'openai-chat'

/** The answer as a whole. */
export function wholeAnswer(head: AnswerHead, text: string, end: Extract<Piece, { type: 'end' }>): Json {
  const choice = isChat(head)
    ? { index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: logprobsOf(end) }
    : { index: 0, text, logprobs: null }
  return {
    ...about(head, isChat(head) ? 'chat.completion' : 'text_completion'),
    choices: [{ ...choice, finish_reason: end.reason }],
    usage: usageOf(end),
  }
}

/** Of the first token alone. */
function logprobsOf({ firstToken }: Extract<Piece, { type: 'end' }>): Json {
  if (firstToken === null) return null
  const entry = ({ token, logprob }: Likely) => ({ token, logprob, bytes: [...Buffer.from(token)] })
  return { content: [{ ...entry(firstToken), top_logprobs: firstToken.top.map(entry) }], refusal: null }
}

/** The answer as server-sent events. */
export async function* streamedAnswer(
  head: AnswerHead,
  pieces: AsyncIterable<Piece>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const kind = isChat(head) ? 'chat.completion.chunk' : 'text_completion'
  const chunk = (choices: Json[], usage: Json = null) =>
    event(JSON.stringify({ ...about(head, kind), choices, ...(head.asked.wantsUsage ? { usage } : {}) }))
  const choice = (delta: { role?: string; content?: string }, reason: string | null): Json =>
    isChat(head)
      ? { index: 0, delta, logprobs: null, finish_reason: reason }
      : { index: 0, text: delta.content ?? '', logprobs: null, finish_reason: reason }
  if (isChat(head)) yield chunk([choice({ role: 'assistant', content: '' }, null)])
  for await (const piece of pieces) {
    if (piece.type === 'text') yield chunk([choice({ content: piece.text }, null)])
    else {
      yield chunk([choice({}, piece.reason)])
      if (head.asked.wantsUsage) yield chunk([], usageOf(piece))
    }
  }
  yield event('[DONE]')
}

function about({ id, createdSeconds, asked }: AnswerHead, object: string) {
  return { id, object, created: createdSeconds, model: asked.model }
}

function usageOf({ inputTokens, outputTokens }: Extract<Piece, { type: 'end' }>) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
}

function event(data: string): Uint8Array {
  return Buffer.from(`data: ${data}\n\n`)
}
