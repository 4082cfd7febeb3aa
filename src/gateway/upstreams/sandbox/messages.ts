import { createHash } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import { parseStrictJson } from '../../../base/strict-json.ts'
import type { SseEvent } from '../../sse.ts'
import { countTokens, type SandboxAnswer, tokensOf } from './answer.ts'
import type { Speech } from './speech.ts'

/** An Anthropic Messages answer. */
export function messagesBody(speech: Speech): JsonObject {
  const [answer] = speech.answers
  const content: JsonObject[] = []
  if (answer.reasoning !== null)
    content.push({ type: 'thinking', thinking: answer.reasoning, signature: signature(answer.reasoning) })
  if (answer.text !== '') content.push({ type: 'text', text: answer.text, citations: null })
  if (answer.tool !== null)
    content.push({ type: 'tool_use', id: toolId(speech), name: answer.tool.name, input: parsed(answer.tool.arguments) })
  const usage = { input_tokens: speech.request.inputTokens, output_tokens: outputTokens(answer) }
  return { ...message(speech), content, stop_reason: stopReason(answer), usage }
}

/** The same, streamed. */
export function* messagesEvents(speech: Speech): Generator<SseEvent> {
  const [answer] = speech.answers
  const event = (type: string, rest: JsonObject = {}): SseEvent => ({
    name: type,
    data: JSON.stringify({ type, ...rest }),
  })
  let index = -1
  function* block(content: JsonObject, deltas: readonly JsonObject[]): Generator<SseEvent> {
    index++
    yield event('content_block_start', { index, content_block: content })
    for (const delta of deltas) yield event('content_block_delta', { index, delta })
    yield event('content_block_stop', { index })
  }
  yield event('message_start', {
    message: { ...message(speech), usage: { input_tokens: speech.request.inputTokens, output_tokens: 1 } },
  })
  yield event('ping')
  if (answer.reasoning !== null) {
    const thoughts = tokensOf(answer.reasoning).map((thinking) => ({ type: 'thinking_delta', thinking }))
    const signed = { type: 'signature_delta', signature: signature(answer.reasoning) }
    yield* block({ type: 'thinking', thinking: '', signature: '' }, [...thoughts, signed])
  }
  if (answer.text !== '') {
    yield* block(
      { type: 'text', text: '' },
      tokensOf(answer.text).map((text) => ({ type: 'text_delta', text })),
    )
  }
  if (answer.tool !== null) {
    const pieces = tokensOf(answer.tool.arguments).map((partial_json) => ({ type: 'input_json_delta', partial_json }))
    yield* block({ type: 'tool_use', id: toolId(speech), name: answer.tool.name, input: {} }, pieces)
  }
  const delta = { stop_reason: stopReason(answer), stop_sequence: null, stop_details: null, container: null }
  yield event('message_delta', { delta, usage: { output_tokens: outputTokens(answer) } })
  yield event('message_stop')
}

function message({ request }: Speech): JsonObject {
  return {
    id: `msg_${request.digest}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
  }
}

function toolId({ request }: Speech): string {
  return `toolu_${request.digest}`
}

function stopReason(answer: SandboxAnswer): string {
  return answer.tool === null ? 'end_turn' : 'tool_use'
}

function outputTokens(answer: SandboxAnswer): number {
  return countTokens((answer.reasoning ?? '') + answer.text + (answer.tool?.arguments ?? ''))
}

/** Looks like a signature and signs nothing. */
function signature(text: string): string {
  return createHash('sha512').update(text).digest('base64')
}

function parsed(json: string): Json {
  const value = parseStrictJson(json, { maxDepth: 64 })
  return isJsonObject(value) ? value : { value }
}
