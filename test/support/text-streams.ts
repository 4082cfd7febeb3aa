import type { SpeakingDialectId as DialectId } from '../../src/gateway/dialects/dialect.ts'
import type { SseEvent } from '../../src/gateway/sse.ts'
import { eventsOf } from './dialect-http.ts'

type Fields = Record<string, unknown>
const named = (type: string, rest: Fields): SseEvent => ({ name: type, data: JSON.stringify({ type, ...rest }) })

/** One text, streamed in these pieces. */
export function* textStream(dialect: DialectId, pieces: Iterable<string>): Generator<SseEvent> {
  if (dialect === 'openai-chat') yield* chat(pieces)
  else if (dialect === 'openai-completions') yield* completions(pieces)
  else if (dialect === 'anthropic-messages') yield* messages(pieces)
  else yield* responses(pieces)
}

function* chat(pieces: Iterable<string>): Generator<SseEvent> {
  const chunk = (delta: Fields, finish_reason: string | null): SseEvent => ({
    name: null,
    data: JSON.stringify({
      id: 'chatcmpl-1a',
      created: 1,
      model: 'm-1',
      choices: [{ index: 0, delta, finish_reason }],
    }),
  })
  yield chunk({ role: 'assistant', content: '' }, null)
  for (const content of pieces) yield chunk({ content }, null)
  yield chunk({}, 'stop')
  yield { name: null, data: '[DONE]' }
}

function* completions(pieces: Iterable<string>): Generator<SseEvent> {
  const chunk = (text: string, finish_reason: string | null): SseEvent => ({
    name: null,
    data: JSON.stringify({
      id: 'cmpl-1a',
      object: 'text_completion',
      created: 1,
      model: 'm-1',
      choices: [{ index: 0, text, logprobs: null, finish_reason }],
    }),
  })
  for (const text of pieces) yield chunk(text, null)
  yield chunk('', 'stop')
  yield { name: null, data: '[DONE]' }
}

function* messages(pieces: Iterable<string>): Generator<SseEvent> {
  const message = {
    id: 'msg_1a',
    type: 'message',
    role: 'assistant',
    model: 'm-1',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  }
  yield named('message_start', { message })
  yield named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  for (const text of pieces) yield named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
  yield named('content_block_stop', { index: 0 })
  yield named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } })
  yield named('message_stop', {})
}

function* responses(pieces: Iterable<string>): Generator<SseEvent> {
  let sequence = 0
  const event = (type: string, rest: Fields) => named(type, { sequence_number: sequence++, ...rest })
  const base = { id: 'resp_1a', object: 'response', created_at: 1, model: 'm-1' }
  const item = (status: string, content: unknown[]) => ({
    type: 'message',
    id: 'msg_1a',
    role: 'assistant',
    status,
    content,
  })
  const part = (text: string) => ({ type: 'output_text', text, annotations: [] })
  const place = { item_id: 'msg_1a', output_index: 0, content_index: 0 }
  yield event('response.created', { response: { ...base, status: 'in_progress', output: [] } })
  yield event('response.output_item.added', { output_index: 0, item: item('in_progress', []) })
  yield event('response.content_part.added', { ...place, part: part('') })
  let whole = ''
  for (const delta of pieces) {
    whole += delta
    yield event('response.output_text.delta', { ...place, delta, logprobs: [] })
  }
  yield event('response.output_text.done', { ...place, text: whole, logprobs: [] })
  yield event('response.content_part.done', { ...place, part: part(whole) })
  yield event('response.output_item.done', { output_index: 0, item: item('completed', [part(whole)]) })
  yield event('response.completed', {
    response: { ...base, status: 'completed', output: [item('completed', [part(whole)])] },
  })
}

/** The answer's text as a client puts it together from the deltas of a stream, refusals left out. */
export async function shownText(dialect: DialectId, sse: string): Promise<string> {
  let shown = ''
  for (const { data } of await eventsOf(sse)) {
    if (data === '[DONE]') continue
    const body = JSON.parse(data)
    if (dialect === 'openai-chat') shown += body.choices?.[0]?.delta?.content ?? ''
    else if (dialect === 'openai-completions') shown += body.choices?.[0]?.text ?? ''
    else if (dialect === 'anthropic-messages') shown += body.delta?.text ?? ''
    else if (body.type === 'response.output_text.delta') shown += body.delta
  }
  return shown
}
