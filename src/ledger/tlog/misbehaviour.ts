import { decodeBase64, encodeBase64 } from './base64.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { TlogError } from './error.ts'
import { sameHash } from './hash.ts'
import type { NoteVerifier } from './key.ts'
import { prefixRootOf, verifyConsistency } from './proof.ts'
import { type LogSource, TileReader } from './tile-reader.ts'

const FORMAT = 'safelevel-misbehaviour/v1'
const MAX_CHARS = 3_000_000

/**
 * Two checkpoints that one log signed and that can't both be true: the tree of the newer does not begin with that of the older.
 * Whoever has the log's key can check it, years later, without the log and without trusting who made it.
 */
export interface Misbehaviour {
  readonly format: typeof FORMAT
  readonly origin: string
  /** The signed note over the smaller tree. */
  readonly older: string
  /** The signed note over the larger, or equally large, tree. */
  readonly newer: string
  /** base64: what the first entries of the newer tree, as many as the older has, really lead to. */
  readonly prefixRoot: string
  /** base64: consistency proof from that root to the newer one (RFC 6962 §2.1.2). Empty for equal sizes. */
  readonly consistency: readonly string[]
}

/** What a proof of misbehaviour shows. */
export interface ProvenMisbehaviour {
  readonly origin: string
  readonly older: Checkpoint
  readonly newer: Checkpoint
}

export function makeMisbehaviour(parts: {
  origin: string
  older: string
  newer: string
  prefixRoot: Uint8Array
  consistency: readonly Uint8Array[]
}): Misbehaviour {
  const { origin, older, newer } = parts
  const consistency = parts.consistency.map(encodeBase64)
  return { format: FORMAT, origin, older, newer, prefixRoot: encodeBase64(parts.prefixRoot), consistency }
}

/** Reads a proof of misbehaviour; hostile input. @throws {TlogError} MALFORMED */
export function parseMisbehaviour(text: string): Misbehaviour {
  if (text.length > MAX_CHARS) throw new TlogError('MALFORMED', 'the proof of misbehaviour is too long')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new TlogError('MALFORMED', 'the proof of misbehaviour is not JSON', { cause })
  }
  if (!isMisbehaviour(value)) throw new TlogError('MALFORMED', `not a proof of format ${FORMAT}`)
  return value
}

/**
 * Checks that the log signed both checkpoints, and that no honest log can have: an accepted consistency proof shows which root
 * the newer tree's beginning has (another would be a collision of SHA-256), and it is not the one that the log signed for it.
 *
 * @param log The log's key, from a place that whoever accuses does not control.
 * @throws {TlogError} SIGNATURE, CONSISTENCY (the proof shows no contradiction), MALFORMED, RANGE
 */
export async function verifyMisbehaviour(proof: Misbehaviour, log: NoteVerifier): Promise<ProvenMisbehaviour> {
  const older = await openCheckpoint(proof.older, log)
  const newer = await openCheckpoint(proof.newer, log)
  if (older.origin !== proof.origin)
    throw new TlogError('SIGNATURE', 'the proof names another log than its checkpoints')
  const [prefixRoot, ...consistency] = [proof.prefixRoot, ...proof.consistency].map((text) => {
    const hash = decodeBase64(text)
    if (hash === null) throw new TlogError('MALFORMED', 'a hash of the proof is not base64')
    return hash
  })
  if (prefixRoot === undefined) throw new TlogError('MALFORMED', 'the proof has no prefix root')
  verifyConsistency(older.size, newer.size, consistency, prefixRoot, newer.root)
  if (sameHash(prefixRoot, older.root))
    throw new TlogError('CONSISTENCY', 'the two checkpoints agree: this proves nothing against the log')
  return { origin: older.origin, older, newer }
}

/**
 * Whether a consistency proof that failed against `older` shows in itself that the log forked: when it does lead to the newer
 * root, but from another beginning. Null when it is just wrong, which proves nothing.
 *
 * @param older, newer Notes that the log's key signed, and their checkpoints.
 */
export function contradiction(
  older: { readonly note: string; readonly checkpoint: Checkpoint },
  newer: { readonly note: string; readonly checkpoint: Checkpoint },
  proof: readonly Uint8Array[],
): Misbehaviour | null {
  const { origin } = older.checkpoint
  const prefixRoot = prefixRootOf(older.checkpoint.size, newer.checkpoint.size, proof, newer.checkpoint.root)
  if (prefixRoot === null || sameHash(prefixRoot, older.checkpoint.root)) return null
  return makeMisbehaviour({ origin, older: older.note, newer: newer.note, prefixRoot, consistency: proof })
}

/**
 * Compares a note with a whole view of the same log. Null when both can be true, or when the view has too few tiles to tell.
 *
 * @param view A note and the tiles behind it; the note may be over a larger or a smaller tree than the other, but of two, only
 *   the smaller can be looked up: a larger foreign note over a view's tree proves nothing without its tiles.
 * @throws {TlogError} SIGNATURE, MALFORMED when one of the notes is not of this log
 */
export async function misbehaviourBetween(
  other: string,
  view: { readonly note: string; readonly tiles: LogSource },
  log: NoteVerifier,
): Promise<Misbehaviour | null> {
  const older = await openCheckpoint(other, log)
  const newer = await openCheckpoint(view.note, log)
  if (older.size > newer.size || older.size === 0) return null
  const reader = new TileReader(view.tiles, newer.size)
  const prefixRoot = older.size === newer.size ? newer.root : await reader.root(older.size)
  if (sameHash(prefixRoot, older.root)) return null
  const consistency = older.size === newer.size ? [] : await reader.consistencyProof(older.size)
  const proof = makeMisbehaviour({ origin: older.origin, older: other, newer: view.note, prefixRoot, consistency })
  await verifyMisbehaviour(proof, log)
  return proof
}

function isMisbehaviour(value: unknown): value is Misbehaviour {
  if (typeof value !== 'object' || value === null) return false
  const fields: Partial<Record<keyof Misbehaviour, unknown>> = value
  return (
    fields.format === FORMAT &&
    typeof fields.origin === 'string' &&
    typeof fields.older === 'string' &&
    typeof fields.newer === 'string' &&
    typeof fields.prefixRoot === 'string' &&
    Array.isArray(fields.consistency) &&
    fields.consistency.every((hash) => typeof hash === 'string')
  )
}
