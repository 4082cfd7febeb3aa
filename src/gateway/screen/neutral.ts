import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import type { MediaPart, Part, Role, TextKind, Turn } from '../../screening/index.ts'
import type { DecodedCompletion, DecodedRequest, TrackText } from '../dialects/dialect.ts'
import { invalid, optionalString, requireArray, requireObject } from '../dialects/request-fields.ts'

const ROLES: ReadonlyMap<string, Role> = new Map(
  (['system', 'user', 'assistant', 'tool'] as const).map((role) => [role, role]),
)
const KINDS: ReadonlyMap<string, TextKind> = new Map(
  (['text', 'reasoning', 'refusal', 'tool_call', 'tool_result', 'tool_definition', 'other'] as const).map((kind) => [
    kind,
    kind,
  ]),
)
const MEDIA: ReadonlyMap<string, MediaPart['media']> = new Map(
  (['image', 'audio', 'video', 'file'] as const).map((media) => [media, media]),
)

/**
 * A conversation in Safelevel's own words, for what speaks none of the dialects:
 * `{"turns": [{"role": "user", "text": "…"}, {"role": "assistant", "parts": [{"kind": "tool_call", "text": "…"}]}]}`.
 *
 * @throws {AppError} REQUEST_INVALID naming the field: a field that is not known is not read, so it is refused.
 */
export function decodeNeutralRequest(body: JsonObject): DecodedRequest {
  onlyFields(body, ['turns', 'model', 'user'], 'request')
  const turns = requireArray(body.turns, 'request.turns')
  if (turns.length === 0) throw invalid('request.turns', 'must not be empty')
  return {
    model: optionalString(body.model, 'request.model') ?? '-',
    stream: false,
    choices: 1,
    maxOutputTokens: null,
    endUser: optionalString(body.user, 'request.user'),
    exchange: { turns: turns.map(readTurn) },
  }
}

/** An answer: `{"parts": [{"kind": "text", "text": "…"}]}`. @throws {AppError} REQUEST_INVALID */
export function decodeNeutralAnswer(body: JsonObject): DecodedCompletion {
  onlyFields(body, ['parts'], 'response')
  const texts: TrackText[] = []
  const media: MediaPart[] = []
  for (const part of requireArray(body.parts, 'response.parts').map((value, i) =>
    readPart(value, `response.parts[${i}]`, `part ${i}`),
  )) {
    if (part.kind === 'media') media.push(part)
    else texts.push({ track: part.pointer, kind: part.kind, text: part.text })
  }
  return { texts, media, upstreamRefusal: false, usage: null }
}

function readTurn(value: Json, i: number): Turn {
  const path = `request.turns[${i}]`
  const turn = requireObject(value, path)
  onlyFields(turn, ['role', 'text', 'parts'], path)
  const role = typeof turn.role === 'string' ? ROLES.get(turn.role) : undefined
  if (role === undefined) throw invalid(`${path}.role`, `must be one of ${[...ROLES.keys()].join(', ')}`)
  const pointer = `/request/turns/${i}`
  const text = optionalString(turn.text, `${path}.text`)
  const parts: Part[] = text === null ? [] : [{ kind: 'text', text, pointer: `${pointer}/text` }]
  if (turn.parts !== undefined) {
    for (const [j, part] of requireArray(turn.parts, `${path}.parts`).entries())
      parts.push(readPart(part, `${path}.parts[${j}]`, `${pointer}/parts/${j}/text`))
  }
  return { role, parts }
}

function readPart(value: Json, path: string, pointer: string): Part {
  const part = requireObject(value, path)
  if (part.kind === 'media') {
    onlyFields(part, ['kind', 'media'], path)
    const media = typeof part.media === 'string' ? MEDIA.get(part.media) : undefined
    if (media === undefined) throw invalid(`${path}.media`, `must be one of ${[...MEDIA.keys()].join(', ')}`)
    return { kind: 'media', media, pointer }
  }
  onlyFields(part, ['kind', 'text'], path)
  const kind = part.kind === undefined ? 'text' : typeof part.kind === 'string' ? KINDS.get(part.kind) : undefined
  if (kind === undefined) throw invalid(`${path}.kind`, `must be media or one of ${[...KINDS.keys()].join(', ')}`)
  if (typeof part.text !== 'string') throw invalid(`${path}.text`, 'must be a string')
  return { kind, text: part.text, pointer }
}

/** What would stand beside the known fields would be read by nobody. */
export function onlyFields(value: JsonObject, known: readonly string[], path: string): void {
  if (!isJsonObject(value)) return
  for (const name in value) {
    if (known.includes(name)) continue
    throw invalid(path, `has a field that is not one of ${known.join(', ')}`)
  }
}
