import { decodeBase64, encodeBase64 } from './base64.ts'
import { decodeUtf8 } from './bytes.ts'
import { TlogError } from './error.ts'
import { HASH_SIZE } from './hash.ts'

/** "The client MUST NOT send more than 63 consistency proof lines." */
const MAX_HASHES = 63
/** Room for the proof and for 16 signatures of ML-DSA-44. */
export const MAX_ADD_CHECKPOINT_BYTES = 128 * 1024
/** Content type of the answer 409 (C2SP tlog-witness). */
export const TREE_SIZE_TYPE = 'text/x.tlog.size'

/** What a log asks of a witness (C2SP tlog-witness, "add-checkpoint"). */
export interface AddCheckpoint {
  /** Size of the last tree that the witness cosigned, as far as the log knows; 0 when none. */
  readonly oldSize: number
  /** Consistency proof from that tree to the new one; empty from 0. */
  readonly proof: readonly Uint8Array[]
  /** The signed note. */
  readonly checkpoint: string
}

export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  return `${[`old ${oldSize}`, ...proof.map(encodeBase64)].join('\n')}\n\n${checkpoint}`
}

/** Reads a request's body; hostile input. @throws {TlogError} MALFORMED */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint {
  const text = body.length > MAX_ADD_CHECKPOINT_BYTES ? null : decodeUtf8(body)
  const split = text?.indexOf('\n\n') ?? -1
  if (text === null || split < 0)
    throw new TlogError('MALFORMED', 'expected an old size, a proof, an empty line, a note')
  const [first = '', ...lines] = text.slice(0, split).split('\n')
  const oldSize = parseTreeSize(/^old (.*)$/.exec(first)?.[1] ?? '')
  if (oldSize === null) throw new TlogError('MALFORMED', 'the first line is not "old <size>"')
  if (lines.length > MAX_HASHES) throw new TlogError('MALFORMED', `more than ${MAX_HASHES} lines of proof`)
  const proof = lines.map((line) => {
    const hash = decodeBase64(line)
    if (hash?.length !== HASH_SIZE) throw new TlogError('MALFORMED', 'a line of the proof is not a hash')
    return hash
  })
  return { oldSize, proof, checkpoint: text.slice(split + 2) }
}

/** A tree size in decimal without leading zeroes; null for anything else, and over 2^53 - 1. */
export function parseTreeSize(text: string): number | null {
  const size = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(size) ? size : null
}
