import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../base/errors.ts'
import type { LedgerFiles } from './files.ts'
import { GONE_BYTES, SALT_AT } from './record.ts'
import { Segments } from './segments.ts'
import { writeFailure } from './write-ahead.ts'

/** Names the entry that is being erased, so that an interrupted erasure is finished at the next start. */
const JOURNAL = 'erasing'

/**
 * Marks a record as erased, then overwrites its salt and body with zeros; both are on the disk when it resolves.
 *
 * @throws {AppError} LEDGER_ENTRY_NOT_FOUND, LEDGER_UNAVAILABLE
 */
export async function eraseRecord(dir: string, files: LedgerFiles, position: number): Promise<void> {
  const segments = await Segments.open(dir)
  const record = await segments.read(position)
  const first = segments.segmentOf(position)
  if (record === null || first === null)
    throw new AppError('LEDGER_ENTRY_NOT_FOUND', `no ledger entry at position ${position}`)
  const journal = join(dir, `${JOURNAL}-${position}`)
  try {
    await files.replace(journal, `${journal}.new`, Buffer.from(`${position}\n`), 0o600)
    await files.syncFolder(dir)
    const file = await files.open(segments.path(first))
    try {
      // In this order, a reader sees the record whole, or erased: never live with half a body.
      await file.write(GONE_BYTES, record.offset)
      await file.write(Buffer.alloc(record.sizeBytes - SALT_AT), record.offset + SALT_AT)
    } finally {
      await file.close()
    }
    await rm(journal)
    await files.syncFolder(dir)
  } catch (cause) {
    throw new AppError('LEDGER_UNAVAILABLE', `erasing failed: ${writeFailure(cause)}`, { cause })
  }
}

/** Finishes what a crash interrupted. */
export async function finishErasure(dir: string, files: LedgerFiles): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!name.startsWith(`${JOURNAL}-`)) continue
    if (name.endsWith('.new')) await rm(join(dir, name), { force: true })
    else await eraseRecord(dir, files, Number(await readFile(join(dir, name), 'utf8')))
  }
}
