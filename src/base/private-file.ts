import { constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from './error-code.ts'
import { AppError } from './errors.ts'

const MAX_BYTES = 64 * 1024
const OTHERS = 0o077

/**
 * Puts a small text into a file that only its owner may read, in place of what stood there: a crash leaves the one or the other, whole. The
 * caller holds the lock on the folder: two processes at once would take each other's draft.
 */
export function replacePrivateFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.new`
  rmSync(draft, { force: true })
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600, flush: true })
  renameSync(draft, path)
}

/**
 * Reads a key or token in a file that only its owner may read; a link to one will do (a mounted secret is a link).
 *
 * @returns null where there is none
 * @throws {AppError} CONFIG_INVALID: others may read it, or it is no file of at most 64 KiB
 */
export async function readPrivateFile(path: string): Promise<string | null> {
  await using file = await openIfThere(path)
  if (file === null) return null
  const status = await file.stat()
  if (!status.isFile() || status.size > MAX_BYTES) throw new AppError('CONFIG_INVALID', `${path} is no key file`)
  if (process.platform !== 'win32' && (status.mode & OTHERS) !== 0)
    throw new AppError('CONFIG_INVALID', `${path} is readable by others than its owner: chmod 600 it`)
  return await file.readFile('utf8')
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    // Without waiting for the other end of a pipe.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
