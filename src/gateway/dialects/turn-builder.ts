import { isJsonObject, type Json } from '../../base/json.ts'
import type { Exchange, MediaPart, Part, Role, TextKind, Turn } from '../../screening/index.ts'
import { unescapeJson } from './json-escapes.ts'
import { isProtocolWord, isSchemaKey } from './known.ts'
import type { Shape } from './shape.ts'
import { type Sink, walk } from './walk.ts'

/** Builds the turns of a request; its paths are RFC 6901 pointers. */
export class TurnBuilder implements Sink {
  readonly #turns: { readonly role: Role; readonly parts: Part[] }[] = []
  #parts: Part[] = []

  /** What follows belongs to a new turn of `role`. */
  turn(role: Role): void {
    this.#parts = []
    this.#turns.push({ role, parts: this.#parts })
  }

  /** As `turn`, unless the turn that is open has this role already. */
  continueAs(role: Role): void {
    if (this.#turns.at(-1)?.role !== role) this.turn(role)
  }

  /** Reads one place of the body into the open turn. */
  read(value: Json | undefined, shape: Shape, pointer: string): void {
    if (value !== undefined && value !== null) walk(value, shape, pointer, this)
  }

  /** Turns that hold nothing (an empty message) stay out, save where nothing else is there. */
  exchange(): Exchange {
    const turns: Turn[] = this.#turns.filter((turn) => turn.parts.length > 0)
    return { turns }
  }

  key(path: string, key: string): string {
    return `${path}/${/[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key}`
  }

  item(path: string, index: number): string {
    return `${path}/${index}`
  }

  text(kind: TextKind, text: string, pointer: string): void {
    if (text !== '') this.#parts.push({ kind, text, pointer })
  }

  json(kind: TextKind, text: string, pointer: string): void {
    this.text(kind, unescapeJson(text), pointer)
  }

  media(media: MediaPart['media'], pointer: string): void {
    this.#parts.push({ kind: 'media', media, pointer })
  }

  known(): undefined {
    return undefined
  }

  setKnown(): void {}

  /** One part for a whole value, its keys and strings in order, a line each: text that is split over members is read as one. */
  free(kind: TextKind, value: Json, pointer: string, key: string | null): void {
    const lines: string[] = []
    if (key !== null) lines.push(key)
    if (typeof value === 'string') lines.push(value)
    else collect(value, kind === 'tool_definition', lines)
    this.text(kind, lines.join('\n'), pointer)
  }
}

function collect(value: Json, schema: boolean, lines: string[]): void {
  if (typeof value === 'string') {
    if (value !== '' && !(schema && isProtocolWord(value))) lines.push(value)
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, schema, lines)
  } else if (isJsonObject(value)) {
    for (const key in value) {
      if (!(schema && isSchemaKey(key))) lines.push(key)
      const member = value[key]
      if (member !== undefined) collect(member, schema, lines)
    }
  }
}
