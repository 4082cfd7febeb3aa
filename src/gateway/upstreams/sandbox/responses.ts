import type { JsonObject } from '../../../base/json.ts'
import type { SseEvent } from '../../sse.ts'
import { countTokens, type SandboxAnswer, tokensOf } from './answer.ts'
import type { Speech } from './speech.ts'

/** A Responses answer. */
export function responsesBody(speech: Speech): JsonObject {
  return response(
    speech,
    'completed',
    items(speech).map((item) => item.whole),
  )
}

/** One item of the output and how it is streamed. */
interface Item {
  /** As it is announced, without what is streamed. */
  readonly begun: JsonObject
  readonly whole: JsonObject
  readonly events: (place: JsonObject) => Iterable<[type: string, fields: JsonObject]>
}

/** The same, streamed. */
export function* responsesEvents(speech: Speech): Generator<SseEvent> {
  let sequence = 0
  const event = (type: string, rest: JsonObject): SseEvent => ({
    name: type,
    data: JSON.stringify({ type, sequence_number: sequence++, ...rest }),
  })
  yield event('response.created', { response: response(speech, 'in_progress', []) })
  yield event('response.in_progress', { response: response(speech, 'in_progress', []) })
  for (const [index, item] of items(speech).entries()) {
    yield event('response.output_item.added', { output_index: index, item: item.begun })
    const place = { item_id: item.whole.id ?? null, output_index: index }
    for (const [type, fields] of item.events(place)) yield event(type, fields)
    yield event('response.output_item.done', { output_index: index, item: item.whole })
  }
  yield event('response.completed', { response: responsesBody(speech) })
}

function items(speech: Speech): Item[] {
  const [answer] = speech.answers
  const { digest } = speech.request
  const all: Item[] = []
  if (answer.reasoning !== null) all.push(reasoning(answer.reasoning, `rs_${digest}`))
  if (answer.tool === null) all.push(message(answer.text, `msg_${digest}`))
  else all.push(call(answer.tool, digest))
  return all
}

function message(text: string, id: string): Item {
  const shell = { id, type: 'message', role: 'assistant' }
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  return {
    begun: { ...shell, status: 'in_progress', content: [] },
    whole: { ...shell, status: 'completed', content: [part] },
    *events(item) {
      const place = { ...item, content_index: 0 }
      yield ['response.content_part.added', { ...place, part: { ...part, text: '' } }]
      for (const delta of tokensOf(text)) yield ['response.output_text.delta', { ...place, delta, logprobs: [] }]
      yield ['response.output_text.done', { ...place, text, logprobs: [] }]
      yield ['response.content_part.done', { ...place, part }]
    },
  }
}

function reasoning(text: string, id: string): Item {
  const part = { type: 'summary_text', text }
  return {
    begun: { id, type: 'reasoning', summary: [] },
    whole: { id, type: 'reasoning', summary: [part] },
    *events(item) {
      const place = { ...item, summary_index: 0 }
      yield ['response.reasoning_summary_part.added', { ...place, part: { ...part, text: '' } }]
      for (const delta of tokensOf(text)) yield ['response.reasoning_summary_text.delta', { ...place, delta }]
      yield ['response.reasoning_summary_text.done', { ...place, text }]
      yield ['response.reasoning_summary_part.done', { ...place, part }]
    },
  }
}

function call(tool: { name: string; arguments: string }, digest: string): Item {
  const shell = { id: `fc_${digest}`, type: 'function_call', call_id: `call_${digest}`, name: tool.name }
  return {
    begun: { ...shell, status: 'in_progress', arguments: '' },
    whole: { ...shell, status: 'completed', arguments: tool.arguments },
    *events(place) {
      for (const delta of tokensOf(tool.arguments))
        yield ['response.function_call_arguments.delta', { ...place, delta }]
      yield ['response.function_call_arguments.done', { ...place, arguments: tool.arguments }]
    },
  }
}

function response(speech: Speech, status: string, output: JsonObject[]): JsonObject {
  const { request, createdSeconds } = speech
  return {
    id: `resp_${request.digest}`,
    object: 'response',
    created_at: createdSeconds,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model: request.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: null,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    truncation: 'disabled',
    usage: status === 'completed' ? usage(speech) : null,
  }
}

function usage({ request, answers: [answer] }: Speech): JsonObject {
  const output = outputTokens(answer)
  return {
    input_tokens: request.inputTokens,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: countTokens(answer.reasoning ?? '') },
    total_tokens: request.inputTokens + output,
  }
}

function outputTokens(answer: SandboxAnswer): number {
  return countTokens((answer.reasoning ?? '') + answer.text + (answer.tool?.arguments ?? ''))
}
