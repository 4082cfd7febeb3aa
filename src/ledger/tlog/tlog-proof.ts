import { decodeBase64, encodeBase64 } from './base64.ts'
import type { Checkpoint } from './checkpoint.ts'
import { TlogError } from './error.ts'
import { verifyInclusion } from './proof.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'
const MAX_PROOF_CHARS = 1_500_000
const MAX_HASHES = 63

/** An offline proof that something is in a log, in the format of C2SP tlog-proof. What is logged is told apart from it. */
export interface TlogProof {
  /** Opaque and not authenticated; null when there is none. */
  readonly extra: Uint8Array | null
  /** 0-based. */
  readonly index: number
  /** From the leaf's sibling up. */
  readonly inclusion: readonly Uint8Array[]
  /** The signed note. */
  readonly checkpoint: string
}

/** The text of a `.tlog-proof` file. */
export function formatTlogProof({ extra, index, inclusion, checkpoint }: TlogProof): string {
  const lines = [
    HEADER,
    ...(extra === null ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...inclusion.map(encodeBase64),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** Reads a `.tlog-proof` file; hostile input. @throws {TlogError} MALFORMED @see C2SP tlog-proof, "Format" */
export function parseTlogProof(text: string): TlogProof {
  if (text.length > MAX_PROOF_CHARS) throw new TlogError('MALFORMED', 'the proof file is too long')
  const split = text.indexOf('\n\n')
  const lines = text.slice(0, Math.max(0, split)).split('\n')
  if (lines.shift() !== HEADER) throw new TlogError('MALFORMED', `not a ${HEADER} file`)
  const extra = lines[0]?.startsWith('extra ') ? bytesOf(lines.shift()?.slice('extra '.length) ?? '') : null
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '')?.[1]
  if (index === undefined || !Number.isSafeInteger(Number(index)))
    throw new TlogError('MALFORMED', 'the proof file has no index line')
  if (lines.includes('')) throw new TlogError('MALFORMED', 'the proof file has an empty hash')
  if (lines.length > MAX_HASHES) throw new TlogError('MALFORMED', `the proof has more than ${MAX_HASHES} hashes`)
  return { extra, index: Number(index), inclusion: lines.map(bytesOf), checkpoint: text.slice(split + 2) }
}

/**
 * Step 4 of C2SP tlog-proof, "Verifying a tlog proof"; the checkpoint's signatures are the caller's to check before, by
 * `openWitnessed` or `openCheckpoint`.
 *
 * @param leaf Leaf hash of what should be logged. @param checkpoint That of the proof, opened.
 * @throws {TlogError} INCLUSION, RANGE, MALFORMED
 */
export function checkTlogProof(proof: TlogProof, leaf: Uint8Array, checkpoint: Checkpoint): void {
  verifyInclusion(leaf, proof.index, checkpoint.size, proof.inclusion, checkpoint.root)
}

function bytesOf(line: string): Uint8Array {
  const bytes = decodeBase64(line)
  if (bytes === null) throw new TlogError('MALFORMED', 'a line of the proof file is not base64')
  return bytes
}
