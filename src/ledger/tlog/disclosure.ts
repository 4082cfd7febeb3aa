import { decodeBase64, encodeBase64 } from './base64.ts'
import { utf8 } from './bytes.ts'
import { canonicalJson } from './canonical-json.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { commitment, SALT_SIZE } from './commitment.ts'
import { TlogError } from './error.ts'
import { leafHash } from './hash.ts'
import type { NoteVerifier } from './key.ts'
import { verifyInclusion } from './proof.ts'

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
