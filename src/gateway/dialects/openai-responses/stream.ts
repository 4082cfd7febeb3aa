import type { AppError } from '../../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import { encodeSse, type SseEvent } from '../../sse.ts'
import { notOfDialect, objectsOf, parseEvent, stepOf, upstreamFailed } from '../answer-reading.ts'
import type { DecodedRequest, Refusal, StreamReader, StreamStep } from '../dialect.ts'
import { openaiError } from '../openai-error.ts'
import { free, text } from '../shape.ts'
import { Tracks } from '../tracks.ts'
import { isRefused, readResponse, usageOf } from './completion.ts'
import { EVENTS, LAST, LIFECYCLE, RUNS, UNKNOWN_EVENT } from './events.ts'
import { ReleasedResponse } from './released.ts'
import { logprobs, OUTPUT_ITEM, OUTPUT_PART } from './shapes.ts'

const LOGPROBS = logprobs(text('other'))
const LOGPROBS_BESIDE_TEXT = logprobs({ is: 'elsewhere' })

/** Reads a streamed Responses answer. @see https://platform.openai.com/docs/api-reference/responses-streaming */
export class ResponsesStreamReader implements StreamReader {
  readonly #tracks = new Tracks({ remember: true })
  /** Events that were read and haven't left. */
  readonly #waiting: JsonObject[] = []
  readonly #released = new ReleasedResponse()
  #lastSequence = -1

  read(event: SseEvent): StreamStep {
    const body = parseEvent(event.data)
    const { type } = body
    if (type === 'error') throw upstreamFailed()
    if (typeof type !== 'string' || !/^[a-z._]{1,96}$/.test(type) || (event.name !== null && event.name !== type)) {
      throw notOfDialect('an event of another dialect')
    }
    if (typeof body.sequence_number === 'number') this.#lastSequence = body.sequence_number
    const item = `output ${numberOf(body.output_index)}`
    const known = EVENTS.get(type)
    if (known === undefined) this.#tracks.read(body, UNKNOWN_EVENT, `${item} ${type}`)
    else {
      this.#tracks.read(body, known, `${item} ${type}`)
      this.#readPayload(type, body, item)
    }
    this.#waiting.push(body)
    if (!LIFECYCLE.has(type)) return stepOf(this.#tracks.take(), { upstreamRefusal: type === 'response.refusal.done' })
    const { response } = body
    if (!isJsonObject(response)) throw notOfDialect(`a ${type} without a response`)
    readResponse(this.#tracks, response)
    const done = LAST.has(type)
    if (done) this.#tracks.closeAll()
    return stepOf(this.#tracks.take(), { done, upstreamRefusal: done && isRefused(response), usage: usageOf(response) })
  }

  release(): void {
    const body = this.#waiting.shift()
    if (body !== undefined) this.#released.apply(body)
  }

  cut(refusal: Refusal, request: DecodedRequest): string {
    return this.#released.cut(refusal, request)
  }

  fail(error: AppError, requestId: string): string {
    const { body } = openaiError(error, requestId)
    const { message, code } = isJsonObject(body.error) ? body.error : {}
    // Both the flat form that the API documents and the nested one by which SDKs recognise an error.
    const data = {
      type: 'error',
      code: code ?? null,
      message: message ?? null,
      param: null,
      sequence_number: this.#lastSequence + 1,
      ...body,
    }
    return encodeSse({ name: 'error', data: JSON.stringify(data) })
  }

  #readPayload(type: string, body: JsonObject, item: string): void {
    const run = RUNS.get(type.slice('response.'.length, type.lastIndexOf('.')))
    const content = `${item} content ${numberOf(body.content_index)}`
    const summary = `${item} summary ${numberOf(body.summary_index)}`
    if (run !== undefined) {
      const track = `${item} ${run.place(numberOf(body.content_index), numberOf(body.summary_index))}`
      const delta = type.endsWith('.delta')
      const said = delta ? body.delta : body[run.whole]
      if (delta) this.#tracks.read(said, run.shape, track)
      else this.#tracks.reread(said, run.shape, track)
      this.#readLogprobs(body.logprobs, said, delta, `${content} logprobs`)
      if (!delta) this.#tracks.close(track)
    } else if (type.startsWith('response.output_item.')) {
      this.#tracks.reread(body.item, OUTPUT_ITEM, item)
      if (type.endsWith('.done')) this.#tracks.close(item)
    } else if (type.startsWith('response.content_part.')) {
      this.#tracks.reread(body.part, OUTPUT_PART, content)
      if (type.endsWith('.done')) this.#tracks.close(content)
    } else if (type.startsWith('response.reasoning_summary_part.')) {
      this.#tracks.reread(body.part, OUTPUT_PART, summary)
      if (type.endsWith('.done')) this.#tracks.close(summary)
    } else if (type === 'response.output_text.annotation.added') {
      this.#tracks.reread(body.annotation, free('other'), `${content} annotations`)
    }
  }

  #readLogprobs(
    value: JsonObject[string] | undefined,
    said: JsonObject[string] | undefined,
    delta: boolean,
    track: string,
  ): void {
    if (value === undefined || value === null) return
    const tokens = objectsOf(value).map((entry) => (typeof entry.token === 'string' ? entry.token : ''))
    const shape = tokens.join('') === said ? LOGPROBS_BESIDE_TEXT : LOGPROBS
    if (delta) this.#tracks.read(value, shape, track)
    else this.#tracks.reread(value, free('other'), track)
  }
}

function numberOf(value: JsonObject[string] | undefined): string {
  return typeof value === 'number' ? String(value) : '*'
}
