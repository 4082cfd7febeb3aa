import { z } from 'zod'
import { type ChatApi, readReply } from '../../models/evaluation/index.ts'
import type { Sampling, Script } from './script.ts'

/** One request to a model's server, or to the gateway: they speak alike. */
export interface WireRequest {
  readonly api: ChatApi
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came of one request. */
export type Said =
  /** `refused`: the server or the model says so. What a tool would be called with is part of the text. */
  | { readonly kind: 'said'; readonly text: string; readonly end: 'stop' | 'length' | 'refused' }
  | { readonly kind: 'later'; readonly busy: boolean; readonly why: string; readonly afterMs: number | null }
  | { readonly kind: 'failed'; readonly why: string }

/** @param model as the one who is asked calls it @param nth which try it is, from 0 */
export function wireRequest(api: ChatApi, model: string, script: Script, sampling: Sampling, nth: number): WireRequest {
  const { temperature, topP, maxTokens, seed } = sampling
  const drawn = { ...(temperature === null ? {} : { temperature }), ...(topP === null ? {} : { top_p: topP }) }
  const turns = script.turns.map(({ role, text }) => ({ role, content: text }))
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const base = { model, max_tokens: maxTokens, ...drawn }
  if (api === 'anthropic-messages') {
    const system = script.system === null ? {} : { system: script.system }
    const tools = script.tools.map(({ name, description, parameters }) => ({
      name,
      description,
      input_schema: parameters,
    }))
    const body = { ...base, ...system, messages: turns, ...(tools.length === 0 ? {} : { tools }) }
    return { api, path: '/v1/messages', headers: { ...headers, 'anthropic-version': '2023-06-01' }, body: bytes(body) }
  }
  const told = script.system === null ? [] : [{ role: 'system', content: script.system }]
  const tools = script.tools.map((tool) => ({ type: 'function', function: tool }))
  const body = {
    ...base,
    messages: [...told, ...turns],
    ...(tools.length === 0 ? {} : { tools }),
    ...(seed === null ? {} : { seed: seed + nth }),
  }
  return { api, path: '/v1/chat/completions', headers, body: bytes(body) }
}

function bytes(body: object): Uint8Array {
  return Buffer.from(JSON.stringify(body))
}

const Chat = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z
            .array(z.looseObject({ function: z.looseObject({ name: z.string(), arguments: z.string() }) }))
            .nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
})
const Messages = z.looseObject({
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
})

/** Reads an answer; nothing of what a server says in its errors is repeated. @param nowMs for dates in `retry-after` */
export function readSaid(api: ChatApi, answer: WireAnswer, nowMs: number): Said {
  if (answer.status === 200) return readAnswer(api, answer.body)
  const reply = readReply(api, answer, nowMs)
  if (reply.kind === 'said') return { kind: 'said', text: '', end: 'refused' }
  return reply.kind === 'later' ? reply : { kind: 'failed', why: reply.why }
}

function readAnswer(api: ChatApi, body: string): Said {
  const malformed: Said = { kind: 'later', busy: false, why: 'the answer is malformed', afterMs: null }
  if (api === 'anthropic-messages') {
    const { success, data } = Messages.safeParse(parsed(body))
    if (!success) return malformed
    const text = data.content
      .map(({ text = '', name, input }) => (name === undefined ? text : call(name, JSON.stringify(input))))
      .join('\n')
    return { kind: 'said', text, end: endOf(data.stop_reason) }
  }
  const choice = Chat.safeParse(parsed(body)).data?.choices[0]
  if (choice === undefined) return malformed
  const { content, refusal, tool_calls: calls } = choice.message
  const made = (calls ?? []).map(({ function: { name, arguments: given } }) => call(name, given))
  const text = [content ?? '', ...made].filter((one) => one !== '').join('\n')
  return { kind: 'said', text, end: refusal ? 'refused' : endOf(choice.finish_reason) }
}

function call(name: string, given: string | undefined): string {
  return `${name} ${given ?? ''}`
}

function endOf(reason: string | null | undefined): 'stop' | 'length' | 'refused' {
  if (reason === 'length' || reason === 'max_tokens') return 'length'
  return reason === 'content_filter' || reason === 'refusal' ? 'refused' : 'stop'
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
