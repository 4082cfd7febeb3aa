import { AppError } from '../../base/errors.ts'
import type { WeightFile } from '../../weights/sandbox/index.ts'
import type { VaultSession } from './vault-session.ts'

/**
 * What a grant covers, to be read when it is wanted.
 *
 * @param only these paths; all of them when empty
 * @throws {AppError} NOT_FOUND for a path that it doesn't cover; what the server answers
 */
export async function weightFiles(session: VaultSession, only: readonly string[]): Promise<WeightFile[]> {
  const covered = await session.files()
  for (const path of only) {
    if (covered.every((file) => file.path !== path))
      throw new AppError('NOT_FOUND', `the grant covers no file ${JSON.stringify(path)}`)
  }
  const wanted = only.length === 0 ? covered : covered.filter(({ path }) => only.includes(path))
  if (wanted.length === 0) throw new AppError('NOT_FOUND', 'the grant covers no file')
  return wanted.map((file) => ({
    path: file.path,
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    open: (signal) => session.read(file, signal),
  }))
}
