import type { MediaPart, TextKind } from '../../screening/index.ts'

/**
 * What may stand at a place of a body, and what it means to a screen. One walk (walk.ts) reads bodies by these. Whatever does not fit
 * its shape is read as text: a shape can only say that something is known, never that it is to be overlooked.
 */
export type Shape =
  /** Words. */
  | { readonly is: 'text'; readonly kind: TextKind }
  /** JSON written into a string, as tool arguments are: read with its escapes undone. */
  | { readonly is: 'json'; readonly kind: TextKind }
  /** A word of the protocol (`type`, `status`); any other word is text. */
  | { readonly is: 'word' }
  /** An identifier made by a machine; anything that could be language is text. */
  | { readonly is: 'id' }
  /** A model's name or a service's version; in a stream it stays the same. */
  | { readonly is: 'label' }
  /** Padding that a server adds to hide lengths: letters and digits without meaning. */
  | { readonly is: 'padding' }
  /** Encrypted or signed bytes in base64; anything else is text. */
  | { readonly is: 'opaque' }
  /** An image, sound or file: base64, a data: URL or a URL. */
  | { readonly is: 'media'; readonly media: MediaPart['media']; readonly kind: TextKind }
  /** `merged`: items are pieces of one run (tokens), so in an answer they share a track. */
  | { readonly is: 'list'; readonly of: Shape; readonly string: Shape; readonly merged: boolean }
  | { readonly is: 'object'; readonly fields: ReadonlyMap<string, Shape>; readonly kind: TextKind }
  /** Objects told apart by their `type`. */
  | { readonly is: 'cases'; readonly cases: ReadonlyMap<string, Shape>; readonly otherwise: Shape }
  /** Anything: every key and every string in it is text. */
  | { readonly is: 'free'; readonly kind: TextKind }
  /** The decoder reads this place itself, with shapes of its own. */
  | { readonly is: 'elsewhere' }

export const WORD: Shape = { is: 'word' }
export const ID: Shape = { is: 'id' }
export const LABEL: Shape = { is: 'label' }
export const PADDING: Shape = { is: 'padding' }
export const OPAQUE: Shape = { is: 'opaque' }
export const ELSEWHERE: Shape = { is: 'elsewhere' }

export function text(kind: TextKind): Shape {
  return { is: 'text', kind }
}

export function jsonText(kind: TextKind): Shape {
  return { is: 'json', kind }
}

export function media(type: MediaPart['media'], kind: TextKind = 'text'): Shape {
  return { is: 'media', media: type, kind }
}

export function free(kind: TextKind): Shape {
  return { is: 'free', kind }
}

/** A list; a string in its place (where the dialect allows both) is read as `string`. */
export function list(of: Shape, string: Shape = free('other')): Shape {
  return { is: 'list', of, string, merged: false }
}

/** A list of pieces that make one run of text. */
export function pieces(of: Shape): Shape {
  return { is: 'list', of, string: free('other'), merged: true }
}

/** Fields that are not named are text of `kind`, their keys included. */
export function object(fields: Readonly<Record<string, Shape>>, kind: TextKind = 'other'): Shape {
  return { is: 'object', fields: new Map(Object.entries(fields)), kind }
}

export function cases(byType: Readonly<Record<string, Shape>>, otherwise: Shape = free('other')): Shape {
  return { is: 'cases', cases: new Map(Object.entries(byType)), otherwise }
}

/** Fields that carry numbers and switches only. */
export function words(...names: readonly string[]): Record<string, Shape> {
  return Object.fromEntries(names.map((name) => [name, WORD]))
}
