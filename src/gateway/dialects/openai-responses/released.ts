import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import { encodeSse } from '../../sse.ts'

import type { DecodedRequest, Refusal } from '../dialect.ts'
import { LAST, LIFECYCLE } from './events.ts'
import { emptyResponse, filtered, refusalItemId } from './refusal.ts'

/** One item as far as the client has seen it. */
interface Item {
  body: JsonObject
  done: boolean
  /** Content parts (or summary parts) by index. */
  readonly parts: Map<number, { body: JsonObject; done: boolean }>
  readonly summaries: Map<number, JsonObject>
}

/** The answer as far as the client has seen it, and how to end it there. */
export class ReleasedResponse {
  #response: JsonObject | null = null
  readonly #items = new Map<number, Item>()
  #sequence = -1
  #ended = false

  /** To be told of every event that left, in order. */
  apply(event: JsonObject): void {
    const { type } = event
    if (typeof event.sequence_number === 'number') this.#sequence = event.sequence_number
    else this.#sequence++
    if (typeof type !== 'string') return
    if (LIFECYCLE.has(type)) {
      if (isJsonObject(event.response)) this.#response = event.response
      this.#ended ||= LAST.has(type)
      return
    }
    const index = event.output_index
    if (typeof index !== 'number') return
    if (type === 'response.output_item.added' && isJsonObject(event.item)) {
      this.#items.set(index, { body: event.item, done: false, parts: new Map(), summaries: new Map() })
    }
    const item = this.#items.get(index)
    if (item !== undefined) applyToItem(item, type, event)
  }

  /** Ends the stream with a refusal; empty when it has ended already. */
  cut(refusal: Refusal, request: DecodedRequest): string {
    if (this.#ended) return ''
    let stream = ''
    const emit = (type: string, rest: JsonObject) => {
      stream += encodeSse({ name: type, data: JSON.stringify({ type, sequence_number: ++this.#sequence, ...rest }) })
    }
    const response = this.#response ?? emptyResponse(refusal, request.model)
    if (this.#response === null) {
      emit('response.created', { response })
      emit('response.in_progress', { response })
    }
    const output: [number, JsonObject][] = []
    let refused = false
    for (const [index, item] of [...this.#items].sort(([a], [b]) => a - b)) {
      if (!item.done && item.body.type === 'message') {
        closeParts(item, index, emit)
        output.push([index, refuseIn(refusal, item, index, emit)])
        refused = true
      } else output.push([index, seen(item)])
    }
    if (!refused) {
      const index = Math.max(-1, ...output.map(([taken]) => taken)) + 1
      const body = {
        id: refusalItemId(refusal),
        type: 'message',
        role: 'assistant',
        status: 'in_progress',
        content: [],
      }
      emit('response.output_item.added', { output_index: index, item: body })
      output.push([
        index,
        refuseIn(refusal, { body, done: false, parts: new Map(), summaries: new Map() }, index, emit),
      ])
    }
    emit('response.incomplete', {
      response: filtered(
        response,
        output.map(([, item]) => item),
      ),
    })
    return stream
  }
}

type Emit = (type: string, rest: JsonObject) => void

function applyToItem(item: Item, type: string, event: JsonObject): void {
  const contentIndex = typeof event.content_index === 'number' ? event.content_index : 0
  const summaryIndex = typeof event.summary_index === 'number' ? event.summary_index : 0
  const part = item.parts.get(contentIndex)
  const delta = typeof event.delta === 'string' ? event.delta : ''
  switch (type) {
    case 'response.output_item.done':
      if (isJsonObject(event.item)) item.body = event.item
      item.done = true
      break
    case 'response.content_part.added':
    case 'response.content_part.done':
      if (isJsonObject(event.part)) item.parts.set(contentIndex, { body: event.part, done: type.endsWith('done') })
      break
    case 'response.output_text.delta':
    case 'response.reasoning_text.delta':
      if (part !== undefined) part.body = extend(part.body, 'text', delta)
      break
    case 'response.refusal.delta':
      if (part !== undefined) part.body = extend(part.body, 'refusal', delta)
      break
    case 'response.reasoning_summary_text.delta':
      item.summaries.set(
        summaryIndex,
        extend(item.summaries.get(summaryIndex) ?? { type: 'summary_text', text: '' }, 'text', delta),
      )
      break
    case 'response.function_call_arguments.delta':
    case 'response.mcp_call_arguments.delta':
      item.body = extend(item.body, 'arguments', delta)
      break
    case 'response.custom_tool_call_input.delta':
      item.body = extend(item.body, 'input', delta)
      break
    default:
      break
  }
}

function extend(object: JsonObject, field: string, piece: string): JsonObject {
  const before = object[field]
  return { ...object, [field]: (typeof before === 'string' ? before : '') + piece }
}

function closeParts(item: Item, index: number, emit: Emit): void {
  for (const [contentIndex, part] of item.parts) {
    if (part.done) continue
    const place = { item_id: item.body.id ?? null, output_index: index, content_index: contentIndex }
    const { text, refusal } = part.body
    if (part.body.type === 'output_text')
      emit('response.output_text.done', { ...place, text: text ?? '', logprobs: [] })
    else if (part.body.type === 'refusal') emit('response.refusal.done', { ...place, refusal: refusal ?? '' })
    emit('response.content_part.done', { ...place, part: part.body })
    part.done = true
  }
}

/** Says the refusal as the last part of a message and closes it; returns the message as it then is. */
function refuseIn(refusal: Refusal, item: Item, index: number, emit: Emit): JsonObject {
  const contentIndex = Math.max(-1, ...item.parts.keys()) + 1
  const place = { item_id: item.body.id ?? null, output_index: index, content_index: contentIndex }
  const part = { type: 'refusal', refusal: refusal.explanation }
  emit('response.content_part.added', { ...place, part: { ...part, refusal: '' } })
  emit('response.refusal.delta', { ...place, delta: refusal.explanation })
  emit('response.refusal.done', { ...place, refusal: refusal.explanation })
  emit('response.content_part.done', { ...place, part })
  const content = [...[...item.parts.values()].map(({ body }) => body), part]
  const body = { ...item.body, status: 'incomplete', content }
  emit('response.output_item.done', { output_index: index, item: body })
  return body
}

/**
 * An item that is not a message, as far as it was seen. An unfinished call of a tool gets no `done` event: clients run a tool at that
 * event, and these arguments are cut off.
 */
function seen(item: Item): JsonObject {
  if (item.done) return item.body
  const summary = item.summaries.size > 0 ? { summary: [...item.summaries.values()] } : {}
  const content = item.parts.size > 0 ? { content: [...item.parts.values()].map(({ body }) => body) } : {}
  return { ...item.body, ...summary, ...content, status: 'incomplete' }
}
