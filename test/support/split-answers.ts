import type { DialectId } from '../../src/gateway/dialects/dialect.ts'
import type { SseEvent } from '../../src/gateway/sse.ts'

/** An answer whose text lies in several blocks, whole and as the same in a stream. */
export interface SplitAnswer {
  readonly name: string
  readonly dialect: DialectId
  readonly answer: Record<string, unknown>
  readonly events: readonly SseEvent[]
}

type Fields = Record<string, unknown>

/** `text` over two, three and as many blocks as it has characters, in each way in which a dialect can have several blocks. */
export function* splitAnswers(text: string): Generator<SplitAnswer> {
  const cuts: [string, string[]][] = [
    ['after 1', [text.slice(0, 1), text.slice(1)]],
    ['in the middle', [text.slice(0, 30), text.slice(30)]],
    ['before the last', [text.slice(0, -1), text.slice(-1)]],
    ['in three', [text.slice(0, 9), text.slice(9, 40), text.slice(40)]],
    ['in single characters', [...text]],
  ]
  for (const [cut, pieces] of cuts) {
    yield { ...anthropic(pieces), name: `anthropic text blocks ${cut}`, dialect: 'anthropic-messages' }
    yield { ...responses([pieces]), name: `responses parts of a message ${cut}`, dialect: 'openai-responses' }
    yield {
      ...responses(pieces.map((piece) => [piece])),
      name: `responses messages ${cut}`,
      dialect: 'openai-responses',
    }
    yield { ...chat(pieces), name: `chat content parts ${cut}`, dialect: 'openai-chat' }
  }
}

function anthropic(pieces: readonly string[]) {
  const head = { id: 'msg_1a', type: 'message', role: 'assistant', model: 'm-1', stop_sequence: null }
  const event = (type: string, rest: Fields = {}): SseEvent => ({ name: type, data: JSON.stringify({ type, ...rest }) })
  return {
    answer: {
      ...head,
      content: pieces.map((text) => ({ type: 'text', text })),
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    },
    events: [
      event('message_start', {
        message: { ...head, content: [], stop_reason: null, usage: { input_tokens: 1, output_tokens: 1 } },
      }),
      ...pieces.flatMap((text, index) => [
        event('content_block_start', { index, content_block: { type: 'text', text: '' } }),
        event('content_block_delta', { index, delta: { type: 'text_delta', text } }),
        event('content_block_stop', { index }),
      ]),
      event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } }),
      event('message_stop'),
    ],
  }
}

/** One message for each list of parts. */
function responses(messages: readonly (readonly string[])[]) {
  const base = { id: 'resp_1a', object: 'response', created_at: 1, model: 'm-1' }
  const part = (text: string) => ({ type: 'output_text', text, annotations: [] })
  const message = (parts: readonly string[], index: number, status: string) => ({
    type: 'message',
    id: `msg_${index}a`,
    role: 'assistant',
    status,
    content: parts.map(part),
  })
  const answer = { ...base, status: 'completed', output: messages.map((parts, i) => message(parts, i, 'completed')) }
  let sequence = 0
  const event = (type: string, rest: Fields): SseEvent => ({
    name: type,
    data: JSON.stringify({ type, sequence_number: sequence++, ...rest }),
  })
  const events = [event('response.created', { response: { ...base, status: 'in_progress', output: [] } })]
  for (const [index, parts] of messages.entries()) {
    events.push(event('response.output_item.added', { output_index: index, item: message([], index, 'in_progress') }))
    for (const [i, text] of parts.entries()) {
      const place = { item_id: `msg_${index}a`, output_index: index, content_index: i }
      events.push(
        event('response.content_part.added', { ...place, part: part('') }),
        event('response.output_text.delta', { ...place, delta: text, logprobs: [] }),
        event('response.output_text.done', { ...place, text, logprobs: [] }),
        event('response.content_part.done', { ...place, part: part(text) }),
      )
    }
    events.push(event('response.output_item.done', { output_index: index, item: message(parts, index, 'completed') }))
  }
  events.push(event('response.completed', { response: answer }))
  return { answer, events }
}

/** Some servers answer with a list of content parts. */
function chat(pieces: readonly string[]) {
  const base = { id: 'chatcmpl-1a', created: 1, model: 'm-1' }
  const chunk = (delta: Fields, finish_reason: string | null): SseEvent => ({
    name: null,
    data: JSON.stringify({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] }),
  })
  const message = { role: 'assistant', content: pieces.map((text) => ({ type: 'text', text })) }
  return {
    answer: { ...base, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }] },
    events: [
      chunk({ role: 'assistant' }, null),
      ...pieces.map((text, index) => chunk({ content: [{ type: 'text', index, text }] }, null)),
      chunk({}, 'stop'),
      { name: null, data: '[DONE]' },
    ],
  }
}
