import { decodeBase64, encodeBase64 } from './base64.ts'
import { decodeUtf8, utf8 } from './bytes.ts'
import { canonicalJson } from './canonical-json.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { commitment, SALT_SIZE } from './commitment.ts'
import { TlogError } from './error.ts'
import { leafHash } from './hash.ts'
import type { NoteVerifier } from './key.ts'
import { parseNote } from './note.ts'
import { verifyInclusion } from './proof.ts'
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts'

const FORMAT = 'safelevel-disclosure/v1'
const MAX_DISCLOSURE_CHARS = 1_000_000

/** Everything that it takes to prove one entry offline: to be given to whoever may read the event. */
export interface Disclosure {
  readonly format: typeof FORMAT
  readonly origin: string
  /** 0-based. */
  readonly position: number
  /** The event as it was recorded; its RFC 8785 form is what was committed to. */
  readonly event: unknown
  /** base64, 32 bytes. */
  readonly salt: string
  /** Inclusion proof: base64 hashes from the leaf's sibling up. */
  readonly inclusion: readonly string[]
  /** The signed note. */
  readonly checkpoint: string
}

export function makeDisclosure(parts: {
  origin: string
  position: number
  event: unknown
  salt: Uint8Array
  inclusion: readonly Uint8Array[]
  checkpoint: string
}): Disclosure {
  const { origin, position, event, checkpoint } = parts
  const inclusion = parts.inclusion.map(encodeBase64)
  return { format: FORMAT, origin, position, event, salt: encodeBase64(parts.salt), inclusion, checkpoint }
}

/**
 * Reads a disclosure file; hostile input.
 *
 * @throws {TlogError} MALFORMED
 */
export function parseDisclosure(text: string): Disclosure {
  if (text.length > MAX_DISCLOSURE_CHARS) throw new TlogError('MALFORMED', 'the proof file is too long')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new TlogError('MALFORMED', 'the proof file is not JSON', { cause })
  }
  if (!isDisclosure(value)) throw new TlogError('MALFORMED', `not a proof file of format ${FORMAT}`)
  return value
}

/**
 * Checks that the log signed a tree in which the event stands at the position.
 *
 * @param log The log's key, from a place that whoever handed over the proof does not control.
 * @returns The checkpoint that the entry is under.
 * @throws {TlogError} SIGNATURE, INCLUSION, MALFORMED, RANGE
 */
export async function verifyDisclosure(disclosure: Disclosure, log: NoteVerifier): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(disclosure.checkpoint, log)
  checkDisclosure(disclosure, checkpoint)
  return checkpoint
}

/**
 * The same under a checkpoint whose signatures the caller has checked already: by a trust policy, say.
 *
 * @param checkpoint That of the disclosure.
 * @throws {TlogError} SIGNATURE, INCLUSION, MALFORMED, RANGE
 */
export function checkDisclosure(disclosure: Disclosure, checkpoint: Checkpoint): void {
  if (checkpoint.origin !== disclosure.origin)
    throw new TlogError('SIGNATURE', 'the proof names another log than its checkpoint')
  const salt = decodeBase64(disclosure.salt)
  if (salt?.length !== SALT_SIZE) throw new TlogError('MALFORMED', 'the salt is not 32 bytes of base64')
  const inclusion = disclosure.inclusion.map((text) => {
    const hash = decodeBase64(text)
    if (hash === null) throw new TlogError('MALFORMED', 'an inclusion hash is not base64')
    return hash
  })
  const leaf = leafHash(commitment(salt, utf8(canonicalJson(disclosure.event))))
  verifyInclusion(leaf, disclosure.position, checkpoint.size, inclusion, checkpoint.root)
}

/** The same as a C2SP tlog-proof: event and salt are its extra data, from which alone the leaf can be told. */
export function toTlogProof(disclosure: Disclosure): string {
  const { event, salt, position, inclusion, checkpoint } = disclosure
  const extra = utf8(canonicalJson({ event, salt }))
  const hashes = inclusion.map((text) => decodeBase64(text) ?? new Uint8Array(0))
  return formatTlogProof({ extra, index: position, inclusion: hashes, checkpoint })
}

/** Reads a proof file of either form; hostile input. @throws {TlogError} MALFORMED */
export function parseProofFile(text: string): Disclosure {
  if (text.trimStart().startsWith('{')) return parseDisclosure(text)
  const { extra, index, inclusion, checkpoint } = parseTlogProof(text)
  const json = extra === null ? null : decodeUtf8(extra)
  if (json === null) throw new TlogError('MALFORMED', 'the proof file does not hold the event that it is about')
  const { origin } = parseCheckpoint(parseNote(checkpoint).text)
  let held: unknown
  try {
    held = JSON.parse(json)
  } catch (cause) {
    throw new TlogError('MALFORMED', 'the extra data of the proof is not JSON', { cause })
  }
  const { event, salt }: { event?: unknown; salt?: unknown } = typeof held === 'object' && held !== null ? held : {}
  const hashes = inclusion.map(encodeBase64)
  return parseDisclosure(
    JSON.stringify({ format: FORMAT, origin, position: index, event, salt, inclusion: hashes, checkpoint }),
  )
}

function isDisclosure(value: unknown): value is Disclosure {
  if (typeof value !== 'object' || value === null) return false
  const fields: Partial<Record<keyof Disclosure, unknown>> = value
  return (
    fields.format === FORMAT &&
    typeof fields.origin === 'string' &&
    typeof fields.position === 'number' &&
    fields.event !== undefined &&
    typeof fields.salt === 'string' &&
    Array.isArray(fields.inclusion) &&
    fields.inclusion.every((hash) => typeof hash === 'string') &&
    typeof fields.checkpoint === 'string'
  )
}
