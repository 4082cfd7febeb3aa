import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import type { MediaPart, TextKind } from '../../screening/index.ts'
import type { StreamReader } from '../dialects/dialect.ts'
import { invalid, optionalString, requireArray } from '../dialects/request-fields.ts'
import type { JudgedWindows } from '../judged-windows.ts'
import type { SseEvent } from '../sse.ts'
import type { Mark } from '../windows.ts'
import { asRequest } from './form.ts'

/** What came with one piece. */
export interface Fed {
  /** Everything that came, for bounds and digests. */
  readonly raw: string
  readonly media: readonly MediaPart[]
  /** The answer says by itself that it is whole. */
  readonly done: boolean
}

/** What a hook hands in piece by piece, and may pass on once it was judged. */
export interface Feed {
  readonly fields: readonly string[]
  /** @throws {AppError} REQUEST_INVALID: nothing of it was taken in. */
  take(body: JsonObject): Fed
  /** What may leave now that had not left before. @param complete everything was judged and the decision is on record. */
  release(complete: boolean): JsonObject
  readonly anyReleased: boolean
}

const KINDS: ReadonlySet<string> = new Set(['text', 'reasoning', 'refusal', 'tool_call', 'other'] satisfies TextKind[])
const TRACK = /^[a-z][a-z0-9_ ]{0,39}$/

/** Plain text: `{"text", "track"?, "kind"?}`; released as text. */
export class TextFeed implements Feed {
  readonly fields = ['text', 'track', 'kind']
  readonly #windows: JudgedWindows
  readonly #held = new Map<string, { text: string; released: number }>()
  #track = 'text'
  anyReleased = false

  constructor(windows: JudgedWindows) {
    this.#windows = windows
  }

  take(body: JsonObject): Fed {
    const text = optionalString(body.text, 'text') ?? ''
    const track = optionalString(body.track, 'track') ?? 'text'
    const kind = optionalString(body.kind, 'kind') ?? 'text'
    if (!TRACK.test(track)) throw invalid('track', 'must be up to 40 small letters, digits, underscores and spaces')
    if (!isKind(kind)) throw invalid('kind', `must be one of ${[...KINDS].join(', ')}`)
    if (!this.#held.has(track) && this.#held.size >= MOST_TRACKS)
      throw invalid('track', `must be one of at most ${MOST_TRACKS}`)
    this.#track = track
    const held = this.#held.get(track) ?? { text: '', released: 0 }
    held.text += text
    this.#held.set(track, held)
    if (text !== '') this.#windows.append([{ track, kind, text }])
    return { raw: text, media: [], done: false }
  }

  release(complete: boolean): JsonObject {
    const text = this.#releaseOf(this.#track, complete)
    const { released = 0 } = this.#held.get(this.#track) ?? {}
    const answer: JsonObject = { released, text }
    if (!complete || this.#held.size < 2) return answer
    const rest: JsonObject = {}
    for (const track of this.#held.keys()) if (track !== this.#track) rest[track] = this.#releaseOf(track, true)
    return { ...answer, rest }
  }

  #releaseOf(track: string, complete: boolean): string {
    const held = this.#held.get(track)
    if (held === undefined) return ''
    let count = Math.min(held.text.length, this.#windows.leaving(track, complete) - held.released)
    // Half a letter is none: its other half waits behind.
    if (count < held.text.length && isHighSurrogate(held.text.charCodeAt(count - 1))) count--
    if (count <= 0) return ''
    const text = held.text.slice(0, count)
    held.text = held.text.slice(count)
    held.released += count
    this.#windows.releasedUpTo(track, held.released)
    this.anyReleased = true
    return text
  }
}

const MOST_TRACKS = 256

function isKind(kind: string): kind is TextKind {
  return KINDS.has(kind)
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00
}

/** The events of a dialect's stream: `{"events": ["…", {…}]}`, each the data of one; released as a count of events. */
export class EventFeed implements Feed {
  readonly fields = ['events']
  readonly reader: StreamReader
  readonly #windows: JudgedWindows
  readonly #queue: { readonly event: SseEvent; readonly marks: readonly Mark[] }[] = []
  /** The event that closes the answer: it and what follows wait for the decision to be on record. */
  #closing: object | null = null
  #released = 0

  constructor(windows: JudgedWindows, reader: StreamReader) {
    this.#windows = windows
    this.reader = reader
  }

  get anyReleased(): boolean {
    return this.#released > 0
  }

  take(body: JsonObject): Fed {
    const events = requireArray(body.events ?? [], 'events').map((value, i) => toEvent(value, `events[${i}]`))
    const media: MediaPart[] = []
    let done = false
    for (const event of events) {
      if (done) throw invalid('events', 'must not go on after the end')
      const step = asRequest(() => this.reader.read(event))
      const held = { event, marks: this.#windows.append(step.texts) }
      this.#queue.push(held)
      media.push(...step.media)
      if (step.closing) this.#closing ??= held
      else if (step.texts.length > 0) this.#closing = null
      for (const track of step.closes) this.#windows.close(track)
      done = step.done
    }
    return { raw: events.map(({ data }) => data).join(''), media, done }
  }

  release(complete: boolean): JsonObject {
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (!complete && head === this.#closing) break
      if (!this.#windows.mayLeave(head.marks, complete)) break
      this.#queue.shift()
      this.reader.release(head.event)
      this.#windows.released(head.marks)
      this.#released++
    }
    return { released: this.#released }
  }
}

function toEvent(value: Json, path: string): SseEvent {
  if (typeof value === 'string') return { name: null, data: value }
  if (isJsonObject(value)) return { name: null, data: JSON.stringify(value) }
  throw invalid(path, 'must be the data of an event: an object, or its text')
}
