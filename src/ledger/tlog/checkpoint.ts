import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './error.ts'
import { HASH_SIZE } from './hash.ts'
import type { NoteVerifier } from './key.ts'
import { openNote } from './note.ts'

/** The head of a log's tree (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string
  /** Number of entries. */
  readonly size: number
  /** RFC 6962 root, 32 bytes. */
  readonly root: Uint8Array
  readonly extensions: readonly string[]
}

/** The note text of a checkpoint, unsigned. */
export function formatCheckpoint(checkpoint: Omit<Checkpoint, 'extensions'>): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${encodeBase64(checkpoint.root)}\n`
}

/** Reads a note text. @throws {TlogError} MALFORMED */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, root, ...extensions] = text.endsWith('\n') ? text.slice(0, -1).split('\n') : []
  const rootBytes = decodeBase64(root ?? '')
  if (
    !origin ||
    size === undefined ||
    !/^(0|[1-9][0-9]{0,15})$/.test(size) ||
    !Number.isSafeInteger(Number(size)) ||
    rootBytes?.length !== HASH_SIZE ||
    extensions.includes('')
  )
    throw new TlogError('MALFORMED', 'not a checkpoint')
  return { origin, size: Number(size), root: rootBytes, extensions }
}

/**
 * The checkpoint in a signed note, once the log's own key has signed it.
 *
 * @param log The log's key; its name must be the origin, so that one key can't speak for two logs.
 * @throws {TlogError} MALFORMED or SIGNATURE
 */
export async function openCheckpoint(note: Uint8Array | string, log: NoteVerifier): Promise<Checkpoint> {
  const checkpoint = parseCheckpoint((await openNote(note, [log])).text)
  if (checkpoint.origin !== log.name)
    throw new TlogError('SIGNATURE', `the checkpoint is of ${checkpoint.origin}, the key of ${log.name}`)
  return checkpoint
}
