import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './error.ts'
import { HASH_SIZE } from './hash.ts'
import { type NoteSigner, type NoteVerifier, parseVkey } from './key.ts'
import { openNote, parseNote, signNote } from './note.ts'

const FORMAT = 'safelevel ledger key succession v1'
/** A chain that is longer than this is nobody's. */
const MAX_CHAIN = 100

/** A key's last word: which key speaks for the log from now on, and the tree at which it took over. */
export interface Succession {
  readonly origin: string
  readonly from: NoteVerifier
  readonly to: NoteVerifier
  /** Entries under the last checkpoint of the old key. */
  readonly size: number
  /** Its root, 32 bytes: a key that was stolen can't hand over another history. */
  readonly root: Uint8Array
}

/** Where a log keeps the last word of a key: `succession/` and the key's id, 8 hex digits. */
export function successionPath({ id }: Pick<NoteVerifier, 'id'>): string {
  return `succession/${id.toString(16).padStart(8, '0')}`
}

/** The key that hands over, as a succession of our own says it: one that others give is opened with `openSuccession`. */
export function vkeyHandedOver(note: string): string {
  return note.split('\n')[2] ?? ''
}

/** The note that hands a log over, signed by both keys. @throws {TlogError} MALFORMED when they are not of one log */
export async function signSuccession(
  from: NoteSigner,
  to: NoteSigner,
  { size, root }: Pick<Succession, 'size' | 'root'>,
): Promise<string> {
  if (from.name !== to.name || from.vkey === to.vkey) throw new TlogError('MALFORMED', 'not two keys of one log')
  const text = [FORMAT, from.name, from.vkey, to.vkey, size, encodeBase64(root), ''].join('\n')
  return await signNote(text, [from, to])
}

/**
 * The handing over that `from` signed; hostile input.
 *
 * @throws {TlogError} MALFORMED; SIGNATURE unless both keys signed it
 */
export async function openSuccession(note: Uint8Array | string, from: NoteVerifier): Promise<Succession> {
  const [format, origin, fromVkey, toVkey, size, root, end, ...rest] = parseNote(note).text.split('\n')
  const rootBytes = decodeBase64(root ?? '')
  const wellFormed = format === FORMAT && origin !== undefined && end === '' && rest.length === 0
  if (
    !wellFormed ||
    toVkey === undefined ||
    !/^(0|[1-9][0-9]{0,15})$/.test(size ?? '') ||
    rootBytes?.length !== HASH_SIZE
  )
    throw new TlogError('MALFORMED', 'not the last word of a key')
  const to = parseVkey(toVkey)
  if (fromVkey !== from.vkey || origin !== from.name || to.name !== origin)
    throw new TlogError('SIGNATURE', 'the last word is of another key, or hands over to another log')
  const { signedBy } = await openNote(note, [from, to])
  if (signedBy.length !== 2)
    throw new TlogError('SIGNATURE', 'the last word of a key must be signed by it and by the next')
  return { origin, from, to, size: Number(size), root: rootBytes }
}

/**
 * From a key that is trusted to the one that speaks for the log now, by the last words that it shows.
 *
 * @param read The text at a path below the log's prefix; null when there is none.
 * @returns what was handed over, in order; empty when `from` is still the log's key
 * @throws {TlogError} MALFORMED, SIGNATURE
 */
export async function followKeys(
  from: NoteVerifier,
  read: (path: string) => Promise<Uint8Array | null>,
): Promise<Succession[]> {
  const chain: Succession[] = []
  for (let key = from; chain.length < MAX_CHAIN; ) {
    const note = await read(successionPath(key))
    if (note === null) return chain
    const next = await openSuccession(note, key)
    chain.push(next)
    key = next.to
  }
  throw new TlogError('MALFORMED', `the log's key changed more than ${MAX_CHAIN} times`)
}
