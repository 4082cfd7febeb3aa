import { join } from 'node:path'
import { AppError } from '../base/errors.ts'
import { folderSource } from './folder-source.ts'
import { isIntact } from './record.ts'
import { resumeTree } from './recovery.ts'
import { Segments } from './segments.ts'
import {
  HASH_SIZE,
  leafHash,
  openCheckpoint,
  parseVkey,
  sameHash,
  TILE_WIDTH,
  TileReader,
  TlogError,
} from './tlog/index.ts'

/** What stands at the end of a ledger. */
export interface TailReport {
  readonly origin: string
  /** Entries under the checkpoint. */
  readonly size: number
  /** Entries whose bodies were held against the tiles. */
  readonly checked: number
  /** When the newest was recorded, ms since the epoch; null for an empty ledger. */
  readonly newestMs: number | null
}

/**
 * Looks at the end of one process's ledger, in a moment however long it is: whether the checkpoint is signed by this key, its right edge leads to
 * its root, and the bodies of its last tile are the ones that were committed to. Safe beside a running server. `verifyLedger` looks at all of it.
 *
 * @throws {AppError} VERIFICATION_FAILED
 */
export async function verifyTail(dir: string, vkey: string): Promise<TailReport> {
  const source = folderSource(join(dir, 'public'))
  const note = await source.read('checkpoint')
  if (note === null) throw refuse('there is no checkpoint')
  const checkpoint = await openCheckpoint(note, parseVkey(vkey)).catch((cause: unknown) => {
    throw cause instanceof TlogError ? refuse(`the checkpoint: ${cause.message}`, cause) : cause
  })
  const { origin, size } = checkpoint
  if (size === 0) return { origin, size, checked: 0, newestMs: null }
  const reader = new TileReader(source, size)
  if ((await resumeTree(reader, checkpoint)) === null)
    throw refuse(
      'its tiles are missing or damaged at the right edge; the next start computes them anew from the bodies',
    )
  const first = size - 1 - ((size - 1) % TILE_WIDTH)
  const hashes = await reader.tile(0, first / TILE_WIDTH)
  const segments = await Segments.open(join(dir, 'private'))
  let checked = 0
  let newestMs: number | null = null
  for await (const page of segments.pages(first, size)) {
    for (const record of page) {
      const at = (record.position - first) * HASH_SIZE
      if (!isIntact(record) || !sameHash(leafHash(record.commitment), hashes.subarray(at, at + HASH_SIZE)))
        throw refuse(`the body of entry ${record.position} is not the one that was committed to`)
      checked++
      newestMs = record.timeMs
    }
  }
  if (checked !== size - first)
    throw refuse(`the checkpoint covers ${size} entries, the bodies end at ${first + checked}`)
  return { origin, size, checked, newestMs }
}

function refuse(why: string, cause?: unknown): AppError {
  return new AppError('VERIFICATION_FAILED', `the end of the ledger does not verify: ${why}`, { cause })
}
