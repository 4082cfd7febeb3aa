import type { AppError } from '../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { encodeSse, type SseEvent } from '../sse.ts'
import { notOfDialect, parseEvent, stepOf, tokenUsage, upstreamFailed } from './answer-reading.ts'
import type { DecodedRequest, Refusal, StreamReader, StreamStep } from './dialect.ts'
import { openaiError } from './openai-error.ts'
import type { Shape } from './shape.ts'
import { Tracks } from './tracks.ts'

export const DONE = '[DONE]'
export const NO_TOKENS: JsonObject = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

/** In what the streams of OpenAI's dialects with choices differ. */
export interface ChoiceForm {
  /** `object` of a chunk. */
  readonly object: string
  /** What surrounds the choices. */
  readonly around: Shape
  /** Reads one choice into its track; says whether the model refused in it. @throws {AppError} UPSTREAM_UNAVAILABLE */
  readonly read: (tracks: Tracks, choice: JsonObject, track: string) => boolean
  /** The fields of a choice that end it with a refusal. @param begun the client has seen a part of it. */
  readonly refuse: (refusal: Refusal, begun: boolean) => JsonObject
  readonly refusalId: (refusal: Refusal) => string
}

/** `stream_options.include_usage`: a stream ends with a chunk that has the usage and no choices. */
export interface ChoiceRequest extends DecodedRequest {
  readonly includeUsage: boolean
}

export function wantsUsage(request: DecodedRequest): boolean {
  return 'includeUsage' in request && request.includeUsage === true
}

export function choiceTrack(choice: JsonObject, position: number): string {
  return `choice ${typeof choice.index === 'number' ? choice.index : position}`
}

/** What an event will have shown the client once it leaves. */
interface Shown {
  readonly head: { readonly id: string; readonly created: number; readonly model: string } | null
  readonly begun: readonly number[]
  readonly finished: readonly number[]
  readonly usage: boolean
  readonly done: boolean
}

/** Reads a streamed answer of choices that take turns, ended by `[DONE]`. */
export class ChoiceStreamReader implements StreamReader {
  readonly #form: ChoiceForm
  readonly #tracks = new Tracks({ remember: false })
  /** Events that were read and haven't left. */
  readonly #waiting: Shown[] = []
  /** Choices that were read and have no finish reason yet. */
  readonly #running = new Set<number>()
  #head: Shown['head'] = null
  readonly #begun = new Set<number>()
  readonly #finished = new Set<number>()
  #usageShown = false
  #doneShown = false

  constructor(form: ChoiceForm) {
    this.#form = form
  }

  read(event: SseEvent): StreamStep {
    if (event.name !== null && event.name !== 'message')
      throw event.name === 'error' ? upstreamFailed() : notOfDialect('an event of another dialect')
    if (event.data === DONE) {
      this.#tracks.closeAll()
      this.#waiting.push({ head: null, begun: [], finished: [], usage: false, done: true })
      return stepOf(this.#tracks.take(), { done: true })
    }
    const chunk = parseEvent(event.data)
    if (chunk.error !== undefined && chunk.error !== null) throw upstreamFailed()
    if (!Array.isArray(chunk.choices)) throw notOfDialect('a chunk without choices')
    const begun: number[] = []
    const finished: number[] = []
    let refused = false
    this.#tracks.read(chunk, this.#form.around, '')
    for (const [position, choice] of chunk.choices.entries()) {
      if (!isJsonObject(choice)) throw notOfDialect('a choice that is not an object')
      const track = choiceTrack(choice, position)
      const index = typeof choice.index === 'number' ? choice.index : position
      refused = this.#form.read(this.#tracks, choice, track) || refused
      begun.push(index)
      this.#running.add(index)
      if (typeof choice.finish_reason === 'string') {
        finished.push(index)
        this.#running.delete(index)
        this.#tracks.close(track)
      }
    }
    const usage = tokenUsage(chunk.usage, 'prompt_tokens', 'completion_tokens')
    this.#waiting.push({
      head: headOf(chunk),
      begun,
      finished,
      usage: usage !== null && chunk.choices.length === 0,
      done: false,
    })
    const closing = finished.length > 0 && this.#running.size === 0
    return stepOf(this.#tracks.take(), { closing, upstreamRefusal: refused, usage })
  }

  release(): void {
    const shown = this.#waiting.shift()
    if (shown === undefined) return
    this.#head ??= shown.head
    for (const index of shown.begun) this.#begun.add(index)
    for (const index of shown.finished) this.#finished.add(index)
    this.#usageShown ||= shown.usage
    this.#doneShown ||= shown.done
  }

  cut(refusal: Refusal, request: DecodedRequest): string {
    if (this.#doneShown) return ''
    const { object, refuse, refusalId } = this.#form
    const head = this.#head ?? { id: refusalId(refusal), created: refusal.createdSeconds, model: request.model }
    const chunk = (rest: JsonObject) => encodeSse({ name: null, data: JSON.stringify({ ...head, object, ...rest }) })
    const wantUsage = wantsUsage(request)
    let text = ''
    for (let index = 0; index < request.choices; index++) {
      if (this.#finished.has(index)) continue
      const choice = {
        index,
        ...refuse(refusal, this.#begun.has(index)),
        logprobs: null,
        finish_reason: 'content_filter',
      }
      text += chunk({ choices: [choice], ...(wantUsage ? { usage: null } : {}) })
    }
    if (wantUsage && !this.#usageShown) text += chunk({ choices: [], usage: NO_TOKENS })
    return text + encodeSse({ name: null, data: DONE })
  }

  fail(error: AppError, requestId: string): string {
    return encodeSse({ name: null, data: JSON.stringify(openaiError(error, requestId).body) })
  }
}

function headOf(chunk: JsonObject): Shown['head'] {
  const { id, created, model } = chunk
  if (typeof id !== 'string' || typeof created !== 'number' || typeof model !== 'string') return null
  return { id, created, model }
}
