import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../base/errors.ts'

const SQLITE_BUSY = 5

/**
 * Takes the data folder for this process alone, until disposed. The lock is one that the operating system keeps on an open file (Node
 * offers none of its own, SQLite does): it ends with the process, however that ends, so there is no stale lock and no race to clear one.
 *
 * @throws {AppError} DATA_DIR_LOCKED naming the process that holds it.
 */
export function acquireDataLock(dataDir: string): Disposable {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 })
  // Apart from the lock file: closing any other handle on that one would drop the lock (POSIX).
  const holderFile = join(dataDir, 'lock.pid')
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) throw locked(dataDir, holderFile)
    throw new AppError('CONFIG_INVALID', `the data folder ${dataDir} can't be locked: is it writable?`, {
      cause: error,
    })
  }
  writeFileSync(holderFile, `${process.pid}\n`)
  let held = true
  return {
    [Symbol.dispose]() {
      if (!held) return
      held = false
      lock.close()
    },
  }
}

function locked(dataDir: string, holderFile: string): AppError {
  const pid = readPid(holderFile)
  const holder = pid === null ? 'another process' : `process ${pid}`
  return new AppError(
    'DATA_DIR_LOCKED',
    `the data folder ${dataDir} is in use by ${holder}: stop it, talk to it over HTTP (SAFELEVEL_URL), or name another folder (SAFELEVEL_DATA_DIR)`,
  )
}

/** Only for the message: the lock itself is what counts. */
function readPid(file: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}
