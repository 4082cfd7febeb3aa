import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { WeightFile } from './fill.ts'
import { plainSwaps, requireRoom } from './memory-room.ts'
import { writeAll } from './out/out-files.ts'

const FOLDER = '/dev/shm'

/**
 * A file of weights in memory, without a name from before its first byte: it is gone when the last process that has it open is.
 *
 * @returns the file, open to be read
 * @throws {AppError} SANDBOX_UNAVAILABLE where it doesn't fit or would be swapped to a plain disk, VERIFICATION_FAILED when other bytes come than announced
 */
export async function memoryFile(file: WeightFile, ids: Ids, signal: AbortSignal): Promise<FileHandle> {
  requireRoom(file.sizeBytes)
  const swaps = plainSwaps()
  if (swaps.length > 0) {
    const where = swaps.join(', ')
    throw new AppError(
      'SANDBOX_UNAVAILABLE',
      `this machine swaps memory to ${where}, which isn’t encrypted: no weights are put into its memory`,
    )
  }
  const path = `${FOLDER}/${ids.next('safelevel')}`
  await using target = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
  await unlink(path)
  const hash = createHash('sha256')
  let written = 0
  for await (const chunk of file.open(signal)) {
    signal.throwIfAborted()
    written += chunk.length
    if (written > file.sizeBytes) break
    hash.update(chunk)
    await writeAll(target, chunk)
  }
  if (written !== file.sizeBytes || (file.sha256 !== null && hash.digest('hex') !== file.sha256))
    throw new AppError('VERIFICATION_FAILED', 'a file of weights isn’t as long as announced, or has another digest')
  return await open(`/proc/self/fd/${target.fd}`, 'r')
}
