import type { AppError } from '../../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import { encodeSse, type SseEvent } from '../../sse.ts'
import { notOfDialect, parseEvent, stepOf, tokenUsage, upstreamFailed } from '../answer-reading.ts'
import type { DecodedRequest, Refusal, StreamReader, StreamStep } from '../dialect.ts'
import { openaiError } from '../openai-error.ts'
import { Tracks } from '../tracks.ts'
import { choiceTrack, readChoice } from './completion.ts'
import { NO_TOKENS, refusalId, wantsUsage } from './refusal.ts'
import { ANSWER } from './shapes.ts'

const DONE = '[DONE]'

/** What an event will have shown the client once it leaves. */
interface Shown {
  readonly head: { readonly id: string; readonly created: number; readonly model: string } | null
  readonly begun: readonly number[]
  readonly finished: readonly number[]
  readonly usage: boolean
  readonly done: boolean
}

/** Reads a streamed Chat Completions answer. @see https://platform.openai.com/docs/api-reference/chat-streaming */
export class ChatStreamReader implements StreamReader {
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
    this.#tracks.read(chunk, ANSWER, '')
    for (const [position, choice] of chunk.choices.entries()) {
      if (!isJsonObject(choice)) throw notOfDialect('a choice that is not an object')
      const track = choiceTrack(choice, position)
      const index = typeof choice.index === 'number' ? choice.index : position
      const delta = choice.delta ?? {}
      if (!isJsonObject(delta)) throw notOfDialect('a delta that is not an object')
      refused = readChoice(this.#tracks, choice, delta, track) || refused
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
    const head = this.#head ?? { id: refusalId(refusal), created: refusal.createdSeconds, model: request.model }
    const chunk = (rest: JsonObject) =>
      encodeSse({ name: null, data: JSON.stringify({ ...head, object: 'chat.completion.chunk', ...rest }) })
    const wantUsage = wantsUsage(request)
    let text = ''
    for (let index = 0; index < request.choices; index++) {
      if (this.#finished.has(index)) continue
      const opening = this.#begun.has(index) ? {} : { role: 'assistant', content: null }
      const delta = { ...opening, refusal: refusal.explanation }
      text += chunk({
        choices: [{ index, delta, logprobs: null, finish_reason: 'content_filter' }],
        ...(wantUsage ? { usage: null } : {}),
      })
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
