import { isJsonObject, type Json } from '../../base/json.ts'
import type { MediaPart, TextKind } from '../../screening/index.ts'
import type { TrackText } from './dialect.ts'
import { JsonUnescaper } from './json-escapes.ts'
import { isProtocolWord, isSchemaKey } from './known.ts'
import type { Shape } from './shape.ts'
import { type Sink, walk } from './walk.ts'

/** What one event (or one whole answer) added. */
export interface Added {
  readonly texts: readonly TrackText[]
  readonly media: readonly MediaPart[]
  readonly closes: readonly string[]
}

/**
 * The tracks of one answer. Claimed text is appended piece by piece, or restated: an event that says again what was streamed adds
 * nothing, and one that says something else adds it on a track of its own. Strings that no shape claims go to tracks named by their
 * path; such a track closes with the first event that adds nothing to it, so that a field that stands in one event only
 * (or is the same in each) does not hold the stream back.
 */
export class Tracks implements Sink {
  readonly #remember: boolean
  #restating = false
  readonly #said = new Map<string, string>()
  readonly #open = new Set<string>()
  readonly #unescapers = new Map<string, JsonUnescaper>()
  readonly #asides = new Map<string, { last: string; readonly seen: Set<string> }>()
  #openAsides = new Set<string>()
  readonly #known = new Map<string, string>()
  readonly #mediaSeen = new Set<string>()

  #texts: TrackText[] = []
  #media: MediaPart[] = []
  #closes: string[] = []
  #touched = new Set<string>()

  /** @param options.remember keep what was said, for dialects whose events restate it. */
  constructor(options: { readonly remember: boolean }) {
    this.#remember = options.remember
  }

  /** Reads a place that adds to what was said. */
  read(value: Json | undefined, shape: Shape, path: string): void {
    if (value !== undefined && value !== null) walk(value, shape, path, this)
  }

  /** Reads a place that says whole what may have been streamed before. */
  reread(value: Json | undefined, shape: Shape, path: string): void {
    this.#restating = true
    this.read(value, shape, path)
    this.#restating = false
  }

  /** `prefix` and every track below it get no more text. */
  close(prefix: string): void {
    for (const track of this.#open) if (track === prefix || track.startsWith(`${prefix} `)) this.#end(track)
  }

  closeAll(): void {
    for (const track of this.#open) this.#end(track)
    this.#closes.push(...this.#openAsides, ...this.#touched)
    this.#openAsides.clear()
    this.#touched.clear()
  }

  #end(track: string): void {
    this.#open.delete(track)
    const rest = this.#unescapers.get(track)?.end() ?? ''
    if (rest !== '') this.#texts.push({ track, kind: 'tool_call', text: rest })
    this.#closes.push(track)
  }

  /** What was added since the last call. */
  take(): Added {
    for (const track of this.#openAsides) if (!this.#touched.has(track)) this.#closes.push(track)
    const added = { texts: this.#texts, media: this.#media, closes: this.#closes }
    this.#openAsides = this.#touched
    this.#touched = new Set()
    this.#texts = []
    this.#media = []
    this.#closes = []
    return added
  }

  /** Keys of the protocol name tracks; others may be content, and names of tracks are recorded. */
  key(path: string, key: string): string {
    const name = /^[a-z][a-z0-9_]{0,31}$/.test(key) ? key : '*'
    return path === '' ? name : `${path} ${name}`
  }

  /** Items of a delta say which item of the answer they belong to by their `index`. */
  item(path: string, index: number, value: Json, merged: boolean): string {
    if (merged) return path
    const own = isJsonObject(value) && typeof value.index === 'number' ? value.index : index
    return `${path} ${own}`
  }

  text(kind: TextKind, text: string, track: string): void {
    if (this.#restating) this.#restate(kind, text, track, null)
    else this.#append(kind, text, track, null)
  }

  json(kind: TextKind, text: string, track: string): void {
    let unescaper = this.#unescapers.get(track)
    if (unescaper === undefined) {
      unescaper = new JsonUnescaper()
      this.#unescapers.set(track, unescaper)
    }
    if (this.#restating) this.#restate(kind, text, track, unescaper)
    else this.#append(kind, text, track, unescaper)
  }

  media(media: MediaPart['media'], track: string): void {
    if (this.#mediaSeen.has(track)) return
    this.#mediaSeen.add(track)
    this.#media.push({ kind: 'media', media, pointer: track })
  }

  known(path: string): string | undefined {
    return this.#known.get(path)
  }

  setKnown(path: string, value: string): void {
    this.#known.set(path, value)
  }

  free(kind: TextKind, value: Json, path: string, key: string | null): void {
    if (key !== null) this.#aside(kind, key, `${path} keys`, true)
    const schema = kind === 'tool_definition'
    if (typeof value === 'string') {
      if (!(schema && isProtocolWord(value))) this.#aside(kind, value, path, this.#restating)
    } else if (Array.isArray(value)) {
      // Positions are left out of the path: lists in deltas begin anew in each event.
      for (const item of value) this.free(kind, item, path, null)
    } else if (isJsonObject(value)) {
      for (const name in value) {
        const member = value[name]
        if (!(schema && isSchemaKey(name))) this.#aside(kind, name, `${path} keys`, true)
        if (typeof member === 'string' || (typeof member === 'object' && member !== null)) {
          this.free(kind, member, this.key(path, name), null)
        }
      }
    }
  }

  #append(kind: TextKind, piece: string, track: string, unescaper: JsonUnescaper | null): void {
    if (piece === '') return
    this.#open.add(track)
    if (this.#remember) this.#said.set(track, (this.#said.get(track) ?? '') + piece)
    const text = unescaper === null ? piece : unescaper.push(piece)
    if (text !== '') this.#texts.push({ track, kind, text })
  }

  #restate(kind: TextKind, whole: string, track: string, unescaper: JsonUnescaper | null): void {
    const said = this.#said.get(track) ?? ''
    if (whole === said || whole === '') return
    if (whole.startsWith(said)) this.#append(kind, whole.slice(said.length), track, unescaper)
    else this.#aside(kind, unescaper === null ? whole : new JsonUnescaper().push(whole), `${track} restated`, true)
  }

  /** `once`: a value that this track has had already adds nothing; otherwise only one equal to the last adds nothing. */
  #aside(kind: TextKind, text: string, track: string, once: boolean): void {
    if (text === '') return
    let aside = this.#asides.get(track)
    if (aside === undefined) {
      aside = { last: '', seen: new Set() }
      this.#asides.set(track, aside)
    }
    if (once ? aside.seen.has(text) : aside.last === text) return
    aside.last = text
    if (once) {
      aside.seen.add(text)
      this.#texts.push({ track, kind, text: `${text}\n` })
    } else this.#texts.push({ track, kind, text })
    this.#touched.add(track)
  }
}

/** One text per track, in the order in which the tracks began: for answers that came whole. */
export function joinTracks(texts: readonly TrackText[]): TrackText[] {
  const joined = new Map<string, TrackText>()
  for (const piece of texts) {
    const before = joined.get(piece.track)
    joined.set(piece.track, before === undefined ? piece : { ...before, text: before.text + piece.text })
  }
  return [...joined.values()]
}
