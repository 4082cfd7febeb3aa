import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSse } from '../../../test/support/decode-sse.ts'
import { AppError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { LABELS, testString } from '../../screening/index.ts'
import type { SseEvent } from '../sse.ts'
import { SandboxUpstream } from '../upstreams/sandbox/index.ts'
import type { SpeakingDialectId as DialectId, Refusal, StreamReader, StreamStep } from './dialect.ts'
import { DIALECTS } from './index.ts'

const UPSTREAM = new SandboxUpstream({ testString, tokenDelayMs: 0 })
const TOOL = { name: 'lookup', parameters: { type: 'object' } }

const BODIES: Record<DialectId, (prompt: string) => JsonObject> = {
  'openai-chat': (content) => ({
    model: 'm',
    n: 2,
    reasoning_effort: 'low',
    messages: [{ role: 'user', content }],
    tools: [{ type: 'function', function: TOOL }],
  }),
  'openai-responses': (input) => ({
    model: 'm',
    reasoning: { effort: 'low' },
    input,
    tools: [{ type: 'function', ...TOOL }],
  }),
  'openai-completions': (prompt) => ({ model: 'm', n: 2, prompt }),
  'anthropic-messages': (content) => ({
    model: 'm',
    max_tokens: 9,
    thinking: { type: 'adaptive' },
    messages: [{ role: 'user', content }],
    tools: [{ name: 'lookup', input_schema: {} }],
  }),
}
const IDS = Object.keys(BODIES) as DialectId[]

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

async function ask(dialect: DialectId, body: JsonObject) {
  const bytes = Buffer.from(JSON.stringify(body))
  return await UPSTREAM.send({ dialect, path: '/v1/x', body: bytes, headers: {}, signal: new AbortController().signal })
}

async function events(dialect: DialectId, prompt: string): Promise<SseEvent[]> {
  const { body } = await ask(dialect, { ...BODIES[dialect](prompt), stream: true })
  return await all(decodeSse(body))
}

function joined(steps: readonly StreamStep[]): Record<string, string> {
  const tracks: Record<string, string> = {}
  for (const { texts } of steps) for (const { track, text } of texts) tracks[track] = (tracks[track] ?? '') + text
  return tracks
}

const data = (value: JsonObject): SseEvent => ({ name: null, data: JSON.stringify(value) })
const chunk = (rest: JsonObject, delta: JsonObject = {}) =>
  data({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: null }],
    ...rest,
  })

describe('a stream is read as the answer that comes whole', () => {
  it.each(
    IDS.flatMap((dialect) =>
      ['hello', 'sandbox:tool "quoted"\n', 'sandbox:length 900'].map((prompt) => ({ dialect, prompt })),
    ),
  )('$dialect: $prompt', async ({ dialect, prompt }) => {
    const reader = DIALECTS[dialect].createStreamReader()
    const streamed = joined((await events(dialect, prompt)).map((event) => reader.read(event)))
    const { body } = await ask(dialect, BODIES[dialect](prompt))
    const whole = parseStrictJson(Buffer.concat(await all(body)), { maxDepth: 64 }) as JsonObject
    const texts = DIALECTS[dialect].decodeCompletion(whole).texts
    // In a stream, Messages sends a tool's input as JSON text; whole, it is an object.
    const comparable = (tracks: Record<string, string>) =>
      Object.fromEntries(Object.entries(tracks).filter(([track]) => !/(?:input|partial_json)/.test(track)))
    expect(comparable(streamed)).toEqual(comparable(Object.fromEntries(texts.map(({ track, text }) => [track, text]))))
    expect(Object.keys(streamed).length).toBeGreaterThan(1)
  })
})

describe('text that is split over events', () => {
  const carriers: Record<string, (piece: string) => SseEvent> = {
    'chat content': (content) => chunk({}, { content }),
    'chat refusal': (refusal) => chunk({}, { refusal }),
    'chat tool arguments': (piece) => chunk({}, { tool_calls: [{ index: 1, function: { arguments: piece } }] }),
    'chat field nobody knows': (zzz) => chunk({}, { zzz }),
    'chat list nobody knows': (piece) => chunk({}, { zzz: [{ yyy: [piece] }] }),
    'chat top-level field': (zzz) => chunk({ zzz }),
    'responses text': (delta) => data({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta }),
    'responses arguments': (delta) => data({ type: 'response.function_call_arguments.delta', output_index: 2, delta }),
    'responses event nobody knows': (delta) => data({ type: 'response.zzz.delta', output_index: 0, delta }),
    'messages text': (text) => data({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    'messages input': (partial_json) =>
      data({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json } }),
    'messages delta nobody knows': (zzz) =>
      data({ type: 'content_block_delta', index: 0, delta: { type: 'zzz', zzz } }),
    'messages event nobody knows': (zzz) => data({ type: 'zzz', zzz }),
  }
  it.each(Object.entries(carriers))('stands on one track: %s', (name, carry) => {
    const dialect: DialectId = name.startsWith('chat')
      ? 'openai-chat'
      : name.startsWith('resp')
        ? 'openai-responses'
        : 'anthropic-messages'
    const text = testString('chemical')
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 12 }), (cuts) => {
        const bounds = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        const pieces = bounds.slice(1).map((end, i) => text.slice(bounds[i], end))
        // A field that nobody knows may say the same in each event: a repetition of the last piece is taken for that.
        fc.pre(pieces.every((piece, i) => piece !== pieces[i - 1]))
        const reader = DIALECTS[dialect].createStreamReader()
        const tracks = joined(pieces.map((piece) => reader.read(carry(piece))))
        expect(Object.values(tracks).some((track) => track.includes(text))).toBe(true)
      }),
    )
  })
})

describe('what does not hold a stream back', () => {
  it('a field that stands in one event, or is the same in each, is closed with the next', () => {
    const reader = DIALECTS['openai-chat'].createStreamReader()
    const first = reader.read(chunk({ provider: 'Some Provider Inc.' }, { content: 'a' }))
    const second = reader.read(chunk({ provider: 'Some Provider Inc.' }, { content: 'b' }))
    expect(first.texts.map(({ text }) => text)).toEqual(['provider\n', 'Some Provider Inc.', 'a'])
    expect(second.texts.map(({ text }) => text)).toEqual(['b'])
    expect(second.closes).toEqual(['provider keys', 'provider'])
  })

  it('identifiers, names of models and padding', () => {
    const reader = DIALECTS['openai-chat'].createStreamReader()
    const step = reader.read(
      chunk({ obfuscation: 'aB3xY9', system_fingerprint: 'fp_1a2b', service_tier: 'default' }, { content: 'a' }),
    )
    expect(step.texts).toEqual([{ track: 'choice 0 content', kind: 'text', text: 'a' }])
  })
})

describe('Responses events that say again what was streamed', () => {
  const place = { output_index: 0, content_index: 0, item_id: 'msg_1' }
  const part = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] })
  const after = (last: JsonObject) => {
    const reader = DIALECTS['openai-responses'].createStreamReader()
    reader.read(data({ type: 'response.output_text.delta', ...place, delta: 'hello' }))
    return reader.read(data(last)).texts
  }
  const output = (text: string) => [{ type: 'message', id: 'msg_1', role: 'assistant', content: [part(text)] }]
  const restating: [string, (text: string) => JsonObject][] = [
    ['output_text.done', (text) => ({ type: 'response.output_text.done', ...place, text })],
    ['content_part.done', (text) => ({ type: 'response.content_part.done', ...place, part: part(text) })],
    [
      'output_item.done',
      (text) => ({ type: 'response.output_item.done', output_index: 0, item: output(text)[0] ?? null }),
    ],
    [
      'completed',
      (text) => ({
        type: 'response.completed',
        response: { id: 'resp_1', status: 'completed', model: 'm', output: output(text) },
      }),
    ],
  ]
  it.each(restating)('%s', (_, event) => {
    const track = 'output 0 content 0 text'
    expect(after(event('hello'))).toEqual([])
    expect(after(event('hello you'))).toEqual([{ track, kind: 'text', text: ' you' }])
    expect(after(event('something else'))).toEqual([
      { track: `${track} restated`, kind: 'text', text: 'something else\n' },
    ])
  })
})

const REFUSAL: Refusal = {
  decisionId: 'dec_1',
  side: 'completion',
  label: 'hate',
  clause: '4',
  explanation: 'No.',
  createdSeconds: 1,
}

describe('an ended stream', () => {
  it.each(IDS)('%s is not cut again', async (dialect) => {
    const reader = DIALECTS[dialect].createStreamReader()
    const request = DIALECTS[dialect].decodeRequest(BODIES[dialect]('hello'))
    for (const event of await events(dialect, 'hello')) {
      reader.read(event)
      expect(reader.cut(REFUSAL, request)).not.toBe('')
      reader.release(event)
    }
    expect(reader.cut(REFUSAL, request)).toBe('')
  })

  it.each(IDS)('%s shows nothing that was not released', async (dialect) => {
    const all = await events(dialect, 'sandbox:test-string chemical')
    const request = DIALECTS[dialect].decodeRequest(BODIES[dialect]('hello'))
    const reader: StreamReader = DIALECTS[dialect].createStreamReader()
    for (const event of all) reader.read(event)
    for (const event of all.slice(0, 25)) reader.release(event)
    expect(reader.cut(REFUSAL, request)).not.toMatch(
      /SAFELEVEL-TEST|only takes up room\. Nothing in this sentence means anything; it only/,
    )
  })
})

describe('what is not of the dialect', () => {
  it.each<[DialectId, SseEvent]>([
    ['openai-chat', { name: null, data: '{' }],
    ['openai-chat', { name: null, data: '[]' }],
    ['openai-chat', { name: 'message_start', data: '{"choices":[]}' }],
    ['openai-chat', data({ choices: 'x' })],
    ['openai-chat', data({ choices: ['x'] })],
    ['openai-chat', data({ error: { message: 'key sk-1 is wrong' } })],
    ['openai-responses', data({ type: 'message start' })],
    ['openai-responses', data({})],
    ['openai-responses', { name: 'response.created', data: '{"type":"response.completed","response":{}}' }],
    ['openai-responses', data({ type: 'response.created' })],
    ['openai-responses', data({ type: 'error', message: 'key sk-1 is wrong' })],
    ['anthropic-messages', data({ type: 'message_start' })],
    ['anthropic-messages', data({ type: 'message_start', message: { content: 'x' } })],
    ['anthropic-messages', data({ type: 'error', error: { message: 'key sk-1 is wrong' } })],
    ['anthropic-messages', data({ type: 7 })],
  ])('%s refuses %j', (dialect, event) => {
    const read = () => DIALECTS[dialect].createStreamReader().read(event)
    expect(read).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE', message: expect.not.stringContaining('sk-1') }),
    )
  })

  it.each<[DialectId, JsonObject]>([
    ['openai-chat', {}],
    ['openai-chat', { choices: [{}] }],
    ['openai-responses', { output: 'x' }],
    ['anthropic-messages', { content: 'x' }],
    ['anthropic-messages', { type: 'message', input_tokens: 3 }],
  ])('%s refuses the answer %j', (dialect, body) => {
    expect(() => DIALECTS[dialect].decodeCompletion(body)).toThrow(
      expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' }),
    )
  })
})

describe('refusals and errors', () => {
  it('Messages names the nearest of its four categories', () => {
    const category = (label: Refusal['label']) => {
      const body = DIALECTS['anthropic-messages'].refusal(
        { ...REFUSAL, label },
        DIALECTS['anthropic-messages'].decodeRequest(BODIES['anthropic-messages']('x')),
      )
      return (body.stop_details as JsonObject).category
    }
    const named = LABELS.filter((label) => category(label) !== 'general_harms').map((label) => [label, category(label)])
    expect(named).toEqual([
      ['chemical', 'bio'],
      ['biological', 'bio'],
      ['cyber_operations', 'cyber'],
    ])
  })

  it.each([
    ['REQUEST_INVALID', 400, 'invalid_request_error', 'invalid_request_error'],
    ['UNAUTHENTICATED', 401, 'authentication_error', 'authentication_error'],
    ['FORBIDDEN', 403, 'permission_error', 'permission_error'],
    ['MODEL_NOT_FOUND', 404, 'invalid_request_error', 'not_found_error'],
    ['REQUEST_TOO_LARGE', 413, 'invalid_request_error', 'request_too_large'],
    ['RATE_LIMITED', 429, 'rate_limit_error', 'rate_limit_error'],
    ['INTERNAL', 500, 'server_error', 'api_error'],
    ['UPSTREAM_UNAVAILABLE', 502, 'server_error', 'api_error'],
    ['POLICY_UNDECIDED', 503, 'server_error', 'overloaded_error'],
    ['UPSTREAM_TIMEOUT', 504, 'server_error', 'timeout_error'],
  ] as const)('%s is %i, %s and %s', (code, status, openai, anthropic) => {
    const error = new AppError(code, 'what happened')
    for (const dialect of ['openai-chat', 'openai-responses'] as const) {
      expect(DIALECTS[dialect].error(error, 'req_1')).toEqual({
        status,
        body: {
          error: { message: 'what happened', type: openai, code: code.toLowerCase(), param: null },
          request_id: 'req_1',
        },
      })
    }
    expect(DIALECTS['anthropic-messages'].error(error, 'req_1')).toEqual({
      status,
      body: { type: 'error', error: { type: anthropic, message: 'what happened' }, request_id: 'req_1' },
    })
  })

  it('a refusal of the upstream is told apart', () => {
    const refused = {
      choices: [{ index: 0, message: { role: 'assistant', content: null, refusal: 'no' }, finish_reason: 'stop' }],
    }
    expect(DIALECTS['openai-chat'].decodeCompletion(refused).upstreamRefusal).toBe(true)
    expect(
      DIALECTS['anthropic-messages'].decodeCompletion({ type: 'message', content: [], stop_reason: 'refusal' })
        .upstreamRefusal,
    ).toBe(true)
    const output = [{ type: 'message', content: [{ type: 'refusal', refusal: 'no' }] }]
    expect(DIALECTS['openai-responses'].decodeCompletion({ output }).upstreamRefusal).toBe(true)
    expect(DIALECTS['openai-responses'].decodeCompletion({ output: [] }).upstreamRefusal).toBe(false)
  })
})
