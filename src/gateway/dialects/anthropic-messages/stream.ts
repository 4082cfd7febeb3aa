import type { AppError } from '../../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import { encodeSse, type SseEvent } from '../../sse.ts'
import { notOfDialect, parseEvent, stepOf, tokenUsage, upstreamFailed } from '../answer-reading.ts'
import type { DecodedRequest, Refusal, StreamReader, StreamStep, Usage } from '../dialect.ts'
import { Tracks } from '../tracks.ts'
import { emptyMessage, errorBody, stopDetails } from './refusal.ts'
import { ANSWER_BLOCK, BLOCK_DELTA, EVENT } from './shapes.ts'

/** What an event will have shown the client once it leaves. */
interface Shown {
  readonly type: string
  readonly index: number | null
  readonly usage: Usage | null
}

/** Reads a streamed Messages answer. @see https://platform.claude.com/docs/en/build-with-claude/streaming */
export class MessagesStreamReader implements StreamReader {
  readonly #tracks = new Tracks({ remember: false })
  /** Events that were read and haven't left. */
  readonly #waiting: Shown[] = []
  readonly #openBlocks = new Set<number>()
  #usage: Usage = { inputTokens: 0, outputTokens: 0 }
  #started = false
  #stopped = false
  #outputTokens = 0

  read(event: SseEvent): StreamStep {
    const body = parseEvent(event.data)
    const { type } = body
    if (type === 'error') throw upstreamFailed()
    if (typeof type !== 'string' || (event.name !== null && event.name !== type))
      throw notOfDialect('an event of another dialect')
    this.#tracks.read(body, EVENT, '')
    const block = typeof body.index === 'number' ? body.index : null
    const track = `content ${block ?? '*'}`
    let usage = tokenUsage(body.usage, 'input_tokens', 'output_tokens')
    let refused = false
    if (type === 'message_start') usage = this.#readStart(body)
    else if (type === 'content_block_start') this.#tracks.read(body.content_block, ANSWER_BLOCK, track)
    else if (type === 'content_block_delta') this.#tracks.read(body.delta, BLOCK_DELTA, track)
    else if (type === 'content_block_stop') this.#tracks.close(track)
    else if (type === 'message_delta') refused = isJsonObject(body.delta) && body.delta.stop_reason === 'refusal'
    else if (type === 'message_stop') this.#tracks.closeAll()
    // The counts at the end are of the whole message, but the input's is often told at the start only.
    if (usage !== null)
      usage = this.#usage = {
        inputTokens: usage.inputTokens || this.#usage.inputTokens,
        outputTokens: usage.outputTokens,
      }
    this.#waiting.push({ type, index: block, usage })
    const closing = type === 'message_delta'
    return stepOf(this.#tracks.take(), { closing, done: type === 'message_stop', upstreamRefusal: refused, usage })
  }

  release(): void {
    const shown = this.#waiting.shift()
    if (shown === undefined) return
    if (shown.usage !== null) this.#outputTokens = shown.usage.outputTokens
    if (shown.type === 'message_start') this.#started = true
    else if (shown.type === 'content_block_start' && shown.index !== null) this.#openBlocks.add(shown.index)
    else if (shown.type === 'content_block_stop' && shown.index !== null) this.#openBlocks.delete(shown.index)
    else if (shown.type === 'message_stop') this.#stopped = true
  }

  cut(refusal: Refusal, request: DecodedRequest): string {
    if (this.#stopped) return ''
    const start = this.#started ? '' : event('message_start', { message: emptyMessage(refusal, request.model) })
    const stops = [...this.#openBlocks].map((index) => event('content_block_stop', { index }))
    const delta = { stop_reason: 'refusal', stop_sequence: null, stop_details: stopDetails(refusal), container: null }
    return `${start}${stops.join('')}${event('message_delta', { delta, usage: { output_tokens: this.#outputTokens } })}${event('message_stop', {})}`
  }

  fail(error: AppError, requestId: string): string {
    return encodeSse({ name: 'error', data: JSON.stringify(errorBody(error, requestId).body) })
  }

  #readStart(body: JsonObject): Usage | null {
    const { message } = body
    if (!isJsonObject(message)) throw notOfDialect('a message_start without a message')
    if (!Array.isArray(message.content)) throw notOfDialect('a message without content')
    for (const [i, block] of message.content.entries()) this.#tracks.read(block, ANSWER_BLOCK, `content ${i}`)
    return tokenUsage(message.usage, 'input_tokens', 'output_tokens')
  }
}

function event(type: string, rest: JsonObject): string {
  return encodeSse({ name: type, data: JSON.stringify({ type, ...rest }) })
}
