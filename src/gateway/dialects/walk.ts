import { isJsonObject, type Json } from '../../base/json.ts'
import type { MediaPart, TextKind } from '../../screening/index.ts'
import { isLabel, isMachineId, isOpaque, isPadding, isProtocolWord, readMedia } from './known.ts'
import type { Shape } from './shape.ts'

/** Takes what a walk finds. `path` names the place: a JSON pointer in requests, a track in answers. */
export interface Sink {
  key(path: string, key: string): string
  /** The place of an item; `merged` when the items of this list are pieces of one run. */
  item(path: string, index: number, value: Json, merged: boolean): string
  text(kind: TextKind, text: string, path: string): void
  /** JSON in a string. */
  json(kind: TextKind, text: string, path: string): void
  media(media: MediaPart['media'], path: string): void
  /** The last string at this place that held no language: most events repeat it. */
  known(path: string): string | undefined
  setKnown(path: string, value: string): void
  /** Strings (and keys) that no shape claims; `key` is the unknown key that led here, itself text. */
  free(kind: TextKind, value: Json, path: string, key: string | null): void
}

/** Reads `value` as `shape` says. Every string in it reaches the sink unless it is known to hold no language. */
export function walk(value: Json, shape: Shape, path: string, sink: Sink): void {
  if (typeof value === 'string') walkString(value, shape, path, sink)
  else if (Array.isArray(value)) walkList(value, shape, path, sink)
  else if (isJsonObject(value)) {
    if (shape.is === 'object') walkFields(value, shape, path, sink)
    else if (shape.is === 'cases') walk(value, caseOf(value, shape), path, sink)
    else if (shape.is === 'list') walk(value, shape.of, path, sink)
    else if (shape.is !== 'elsewhere') sink.free(kindOf(shape), value, path, null)
  }
}

function walkString(value: string, shape: Shape, path: string, sink: Sink): void {
  if (shape.is === 'text') sink.text(shape.kind, value, path)
  else if (shape.is === 'json') sink.json(shape.kind, value, path)
  else if (shape.is === 'list') walkString(value, shape.string, path, sink)
  else if (shape.is === 'media') {
    const read = readMedia(value)
    if (read.media) sink.media(shape.media, path)
    if (read.text !== null) sink.text(shape.kind, read.text, path)
  } else if (shape.is !== 'elsewhere' && !isKnown(value, shape, path, sink)) {
    sink.free(kindOf(shape), value, path, null)
  }
}

/** Whether the string is one that holds no language at this place. */
function isKnown(value: string, shape: Shape, path: string, sink: Sink): boolean {
  if (shape.is === 'word') return isProtocolWord(value)
  if (shape.is === 'object' || shape.is === 'cases' || shape.is === 'free') return false
  if (sink.known(path) === value) return true
  const known = hasNoLanguage(value, shape, path, sink)
  if (known) sink.setKnown(path, value)
  return known
}

function hasNoLanguage(value: string, shape: Shape, path: string, sink: Sink): boolean {
  switch (shape.is) {
    case 'id':
      return isMachineId(value)
    case 'label':
      // A label that changes from event to event may be spelling something.
      return isLabel(value) && sink.known(path) === undefined
    case 'padding':
      return isPadding(value)
    case 'opaque':
      return isOpaque(value)
    default:
      return false
  }
}

function walkList(value: Json[], shape: Shape, path: string, sink: Sink): void {
  if (shape.is === 'list') {
    for (const [index, item] of value.entries()) walk(item, shape.of, sink.item(path, index, item, shape.merged), sink)
  } else if (shape.is !== 'elsewhere') sink.free(kindOf(shape), value, path, null)
}

function walkFields(value: Record<string, Json>, shape: Shape & { is: 'object' }, path: string, sink: Sink): void {
  for (const key in value) {
    const member = value[key]
    if (member === undefined) continue
    const known = shape.fields.get(key)
    if (known === undefined) sink.free(shape.kind, member, sink.key(path, key), key)
    else if (typeof member === 'string' || (typeof member === 'object' && member !== null)) {
      walk(member, known, sink.key(path, key), sink)
    }
  }
}

function caseOf(value: Record<string, Json>, shape: Shape & { is: 'cases' }): Shape {
  const found = typeof value.type === 'string' ? shape.cases.get(value.type) : undefined
  return found ?? shape.otherwise
}

function kindOf(shape: Shape): TextKind {
  return 'kind' in shape ? shape.kind : 'other'
}
