import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './error-code.ts'
import { AppError } from './errors.ts'
import type { Ids } from './ids.ts'

/**
 * A secret of `sizeBytes` random bytes in a file that only its owner may read; made at first use. The file is complete or absent, also
 * after a crash, and two processes that start at once agree on one.
 *
 * @throws {AppError} CONFIG_INVALID when the file exists and is not such a key: it is never overwritten.
 */
export function loadOrCreateKey(path: string, sizeBytes: number, ids: Ids): Buffer {
  const found = readKey(path)
  if (found !== null) return checked(found, path, sizeBytes)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${ids.bytes(8).toString('hex')}`
  const file = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(file, ids.bytes(sizeBytes))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(temporary, path) // unlike rename, never replaces a key that somebody else has made meanwhile
  } catch (error) {
    if (readKey(path) === null) throw error
  } finally {
    unlinkSync(temporary)
  }
  return checked(readFileSync(path), path, sizeBytes)
}

function readKey(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw new AppError('CONFIG_INVALID', `the key ${path} can't be read`, { cause: error })
  }
}

function checked(key: Buffer, path: string, sizeBytes: number): Buffer {
  if (key.length !== sizeBytes)
    throw new AppError(
      'CONFIG_INVALID',
      `the key ${path} has ${key.length} bytes, not ${sizeBytes}; restore it from a backup`,
    )
  return key
}
