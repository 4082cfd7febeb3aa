import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import Anthropic from '@anthropic-ai/sdk'
import { generateText, jsonSchema, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { decodeSse } from '../../../test/support/decode-sse.ts'
import { AppError } from '../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { testString } from '../../screening/index.ts'
import { encodeSse } from '../sse.ts'
import { SandboxUpstream } from '../upstreams/sandbox/index.ts'
import type { Dialect, DialectId, Refusal } from './dialect.ts'
import { DIALECTS } from './index.ts'

const REFUSAL: Refusal = {
  decisionId: 'dec_01K9Z7',
  side: 'completion',
  label: 'cyber_operations',
  clause: '4.2',
  explanation: 'Refused under clause 4.2 (decision dec_01K9Z7).',
  createdSeconds: 1_790_000_000,
}
/** Thinks first when it is asked to, however little an SDK has to say about thinking. */
const THINKING = { reasoning: 'a thought that goes on for some words', text: 'an answer of some words', tool: null }
const UPSTREAM = new SandboxUpstream({
  testString,
  tokenDelayMs: 0,
  script: ({ text, choices }) =>
    text === 'think' ? { answers: [THINKING, ...Array.from({ length: choices - 1 }, () => THINKING)] } : null,
})

interface Served {
  readonly fetch: typeof fetch
  /** Requests that arrived: an SDK that retries makes it grow. */
  calls: number
}

/** What the gateway does, cut down to the dialect: reads the whole upstream stream, lets `released` events leave, then ends it by `ending`. */
function serve(released: number, ending: 'cut' | 'fail' | 'none'): Served {
  const served: Served = {
    calls: 0,
    fetch: async (input, init) => {
      served.calls++
      const path = new URL(String(input)).pathname
      const dialect = DIALECTS[dialectOf(path)]
      const bytes = new TextEncoder().encode(String(init?.body))
      const body = parseStrictJson(bytes, { maxDepth: 64 })
      if (!isJsonObject(body)) throw new Error('the SDK sent no object')
      const request = dialect.decodeRequest(body)
      if (!request.stream) return Response.json(dialect.refusal(REFUSAL, request))
      const text = await streamed(dialect, body, bytes, path, released, ending)
      return new Response(text, { headers: { 'content-type': 'text/event-stream' } })
    },
  }
  return served
}

function dialectOf(path: string): DialectId {
  if (path.endsWith('/messages')) return 'anthropic-messages'
  return path.endsWith('/responses') ? 'openai-responses' : 'openai-chat'
}

async function streamed(
  dialect: Dialect,
  body: JsonObject,
  bytes: Uint8Array,
  path: string,
  released: number,
  ending: string,
): Promise<string> {
  const reader = dialect.createStreamReader()
  const signal = new AbortController().signal
  const response = await UPSTREAM.send({ dialect: dialect.id, path, body: bytes, headers: {}, signal })
  let text = ''
  let left = released
  for await (const event of decodeSse(response.body)) {
    reader.read(event)
    if (left-- <= 0) continue
    reader.release(event)
    text += encodeSse(event)
  }
  if (ending === 'cut') text += reader.cut(REFUSAL, dialect.decodeRequest(body))
  if (ending === 'fail')
    text += reader.fail(new AppError('UPSTREAM_UNAVAILABLE', 'the upstream went away'), 'dec_01K9Z7')
  return text
}

const PROMPTS = {
  reasoning: 'think',
  text: 'sandbox:length 200',
  tool: `sandbox:tool ${'with long arguments '.repeat(20)}`,
}
/** Before the first byte, right after the opening, and deep in the answer. */
const POSITIONS = [0, 1, 2, 3, 5, 7, 9]
type Carrier = keyof typeof PROMPTS
const CELLS = POSITIONS.flatMap((released) => [
  { released, carrier: 'reasoning' as const },
  { released, carrier: 'text' as const },
  { released, carrier: 'tool' as const },
])
const SCHEMA = { type: 'object' as const, properties: { request: { type: 'string' } } }

describe('the OpenAI SDK reads refusals in Chat Completions', () => {
  const client = (served: Served) => new OpenAI({ apiKey: 'k', baseURL: 'http://gateway/v1', fetch: served.fetch })
  const body = (carrier: Carrier, n: number) => ({
    model: 'sandbox-1',
    n,
    messages: [{ role: 'user' as const, content: PROMPTS[carrier] }],
    tools: [{ type: 'function' as const, function: { name: 'lookup', parameters: SCHEMA } }],
    reasoning_effort: 'none' as const,
  })

  it.each([1, 2])('whole, n=%i', async (n) => {
    const served = serve(0, 'cut')
    const completion = await client(served).chat.completions.create(body('text', n))
    expect(completion.choices.map((c) => [c.index, c.finish_reason, c.message.refusal, c.message.content])).toEqual(
      Array.from({ length: n }, (_, i) => [i, 'content_filter', REFUSAL.explanation, null]),
    )
    expect(served.calls).toBe(1)
  })

  it.each(CELLS.flatMap((cell) => [1, 2].map((n) => ({ ...cell, n }))))(
    'cut after $released events in $carrier, n=$n',
    async ({ released, carrier, n }) => {
      const served = serve(released, 'cut')
      const stream = client(served).chat.completions.stream({
        ...body(carrier, n),
        stream_options: { include_usage: true },
      })
      const final = await stream.finalChatCompletion()
      expect(final.choices).toHaveLength(n)
      for (const choice of final.choices) {
        expect(choice.finish_reason).toBe('content_filter')
        expect(choice.message.refusal).toBe(REFUSAL.explanation)
        expect(choice.message.role).toBe('assistant')
      }
      expect((await stream.totalUsage()).total_tokens).toBe(0)
      expect(served.calls).toBe(1)
    },
  )

  it('reports a failure in mid-stream', async () => {
    const served = serve(4, 'fail')
    const stream = await client(served).chat.completions.create({ ...body('text', 1), stream: true })
    await expect(drain(stream)).rejects.toThrow(/the upstream went away/)
    expect(served.calls).toBe(1)
  })
})

describe('the OpenAI SDK reads refusals in Responses', () => {
  const client = (served: Served) => new OpenAI({ apiKey: 'k', baseURL: 'http://gateway/v1', fetch: served.fetch })
  const body = (carrier: Carrier) => ({
    model: 'sandbox-1',
    input: PROMPTS[carrier],
    tools: [{ type: 'function' as const, name: 'lookup', parameters: SCHEMA, strict: false }],
  })

  it('whole', async () => {
    const served = serve(0, 'cut')
    const response = await client(served).responses.create(body('text'))
    expect(response.incomplete_details?.reason).toBe('content_filter')
    expect(response.output).toMatchObject([
      { type: 'message', content: [{ type: 'refusal', refusal: REFUSAL.explanation }] },
    ])
    expect(served.calls).toBe(1)
  })

  it.each(CELLS)('cut after $released events in $carrier', async ({ released, carrier }) => {
    const served = serve(released, 'cut')
    const stream = client(served).responses.stream(body(carrier))
    const sequence: number[] = []
    stream.on('event', (event) => sequence.push(event.sequence_number))
    const final = await stream.finalResponse()
    expect(final.status).toBe('incomplete')
    expect(final.incomplete_details?.reason).toBe('content_filter')
    const message = final.output.at(-1)
    expect(message?.type === 'message' && message.content.at(-1)).toMatchObject({
      type: 'refusal',
      refusal: REFUSAL.explanation,
    })
    expect(sequence).toEqual(sequence.map((_, i) => i))
    expect(served.calls).toBe(1)
  })

  it('reports a failure in mid-stream', async () => {
    const served = serve(6, 'fail')
    await expect(client(served).responses.stream(body('text')).finalResponse()).rejects.toThrow(
      /the upstream went away/,
    )
    expect(served.calls).toBe(1)
  })
})

describe('the Anthropic SDK reads refusals', () => {
  const client = (served: Served) => new Anthropic({ apiKey: 'k', baseURL: 'http://gateway', fetch: served.fetch })
  const body = (carrier: Carrier) => ({
    model: 'sandbox-1',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: PROMPTS[carrier] }],
    tools: [{ name: 'lookup', input_schema: SCHEMA }],
  })
  const details = { type: 'refusal', category: 'cyber', explanation: REFUSAL.explanation }

  it('whole', async () => {
    const served = serve(0, 'cut')
    const message = await client(served).messages.create(body('text'))
    expect(message).toMatchObject({ content: [], stop_reason: 'refusal', stop_details: details })
    expect(served.calls).toBe(1)
  })

  it.each(CELLS)('cut after $released events in $carrier', async ({ released, carrier }) => {
    const served = serve(released, 'cut')
    const message = await client(served).messages.stream(body(carrier)).finalMessage()
    expect(message.stop_reason).toBe('refusal')
    expect(message.stop_details).toEqual(details)
    expect(served.calls).toBe(1)
  })

  it('reports a failure in mid-stream', async () => {
    const served = serve(4, 'fail')
    await expect(client(served).messages.stream(body('text')).finalMessage()).rejects.toThrow(/the upstream went away/)
    expect(served.calls).toBe(1)
  })
})

describe('the AI SDK reads refusals', () => {
  const models = {
    chat: (served: Served) =>
      createOpenAI({ apiKey: 'k', baseURL: 'http://gateway/v1', fetch: served.fetch }).chat('sandbox-1'),
    responses: (served: Served) =>
      createOpenAI({ apiKey: 'k', baseURL: 'http://gateway/v1', fetch: served.fetch }).responses('sandbox-1'),
    messages: (served: Served) =>
      createAnthropic({ apiKey: 'k', baseURL: 'http://gateway/v1', fetch: served.fetch })('sandbox-1'),
  }
  let ran = 0
  const tools = {
    lookup: tool({
      inputSchema: jsonSchema<{ request: string }>(SCHEMA),
      execute: async () => {
        ran++
        return 'ran'
      },
    }),
  }

  it.each(['chat', 'responses', 'messages'] as const)('%s, whole', async (name) => {
    const served = serve(0, 'cut')
    const result = await generateText({ model: models[name](served), prompt: PROMPTS.text, maxOutputTokens: 100 })
    expect(result.finishReason).toBe('content-filter')
    expect(served.calls).toBe(1)
  })

  it.each(CELLS.flatMap((cell) => (['chat', 'responses', 'messages'] as const).map((name) => ({ ...cell, name }))))(
    '$name, cut after $released events in $carrier',
    async ({ name, released, carrier }) => {
      const served = serve(released, 'cut')
      ran = 0
      const errors: unknown[] = []
      const result = streamText({
        model: models[name](served),
        prompt: PROMPTS[carrier],
        tools,
        maxOutputTokens: 100,
        onError: ({ error }) => void errors.push(error),
      })
      await result.consumeStream()
      expect(errors).toEqual([])
      expect(await result.finishReason).toBe('content-filter')
      expect(ran, 'no tool runs on arguments that were cut off').toBe(0)
      expect(served.calls).toBe(1)
    },
  )
})

describe('the AI SDK reads the sandbox undisturbed', () => {
  it.each(['reasoning', 'text', 'tool'] as const)('%s', async (carrier) => {
    for (const name of ['chat', 'responses', 'messages'] as const) {
      const served = serve(Number.POSITIVE_INFINITY, 'none')
      const openai = createOpenAI({ apiKey: 'k', baseURL: 'http://gateway/v1', fetch: served.fetch })
      const messages = createAnthropic({ apiKey: 'k', baseURL: 'http://gateway/v1', fetch: served.fetch })
      const model = name === 'messages' ? messages('sandbox-1') : openai[name]('sandbox-1')
      const errors: unknown[] = []
      const lookup = tool({ inputSchema: jsonSchema<{ request: string }>(SCHEMA), execute: async () => 'ran' })
      const result = streamText({
        model,
        prompt: PROMPTS[carrier],
        maxOutputTokens: 100,
        tools: { lookup },
        onError: ({ error }) => void errors.push(error),
      })
      await result.consumeStream()
      expect(errors).toEqual([])
      expect(await result.finishReason, name).toBe(carrier === 'tool' ? 'tool-calls' : 'stop')
      if (carrier === 'reasoning') expect(await result.text).toBe(THINKING.text)
      if (carrier === 'tool')
        expect((await result.toolCalls)[0]?.input).toMatchObject({ request: expect.stringContaining('with long') })
      expect(served.calls).toBe(1)
    }
  })
})

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) {
    // only the end matters
  }
}
