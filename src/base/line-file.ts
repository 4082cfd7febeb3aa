import { type FileHandle, open, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from './errors.ts'

const MAX_FILE_BYTES = 2 * 1024 * 1024 * 1024
const READ_BYTES = 1024 * 1024

/**
 * JSON objects, one a line, only ever appended to, by one process at a time. A line counts once it is on the disk. The last line of a process
 * that was killed is kept where it is whole, and cut off where it is not: it was never counted.
 */
export class LineFile implements AsyncDisposable {
  readonly #file: FileHandle
  readonly #lock: DatabaseSync
  readonly #lockPath: string
  #waiting: string[] = []
  #writing: Promise<void> | null = null

  private constructor(file: FileHandle, lock: DatabaseSync, lockPath: string) {
    this.#file = file
    this.#lock = lock
    this.#lockPath = lockPath
  }

  /**
   * @param onLine told of each line that stands there, from the first one on; `number` counts from 1
   * @throws {AppError} CONFLICT while another process writes it; REQUEST_INVALID for what holds no JSON; whatever `onLine` throws
   */
  static async open(path: string, onLine: (value: unknown, number: number) => void): Promise<LineFile> {
    const lockPath = `${path}.lock`
    const lock = lockFile(lockPath)
    try {
      const file = await open(path, 'a+', 0o600)
      try {
        await readLines(file, onLine)
        return new LineFile(file, lock, lockPath)
      } catch (error) {
        await file.close()
        throw error
      }
    } catch (error) {
      lock.close()
      throw error instanceof AppError
        ? error
        : new AppError('CONFIG_INVALID', `${path} can't be written`, { cause: error })
    }
  }

  /** Resolves once the line is on the disk; lines that come together are written together. */
  async append(line: object): Promise<void> {
    this.#waiting.push(`${JSON.stringify(line)}\n`)
    // Those that come while one write is under way share the next one.
    const before = this.#writing ?? Promise.resolve()
    if (this.#waiting.length === 1) this.#writing = before.catch(() => {}).then(() => this.#flush())
    await this.#writing
  }

  async #flush(): Promise<void> {
    const lines = this.#waiting.join('')
    this.#waiting = []
    await this.#file.appendFile(lines)
    await this.#file.datasync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing?.catch(() => {})
    await this.#file.close()
    this.#lock.close()
    await rm(this.#lockPath, { force: true })
  }
}

/** A lock that the operating system keeps, so that none is left behind by a process that was killed. */
function lockFile(path: string): DatabaseSync {
  let lock: DatabaseSync
  try {
    lock = new DatabaseSync(path, { timeout: 0 })
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${path} can't be written`, { cause })
  }
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock.close()
    throw new AppError('CONFLICT', 'another run writes this file: let it end, or name another --out', { cause })
  }
}

async function readLines(file: FileHandle, onLine: (value: unknown, number: number) => void): Promise<void> {
  const { size } = await file.stat()
  if (size > MAX_FILE_BYTES) throw invalid('the file has more than 2 GiB')
  const bytes = Buffer.alloc(Math.min(READ_BYTES, size))
  let [at, number, rest] = [0, 0, Buffer.alloc(0)]
  const take = (text: string) => {
    if (text === '') return
    number += 1
    onLine(parsed(text, number), number)
  }
  while (at < size) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at)
    if (bytesRead === 0) break
    at += bytesRead
    const all = Buffer.concat([rest, bytes.subarray(0, bytesRead)])
    const end = all.lastIndexOf(0x0a) + 1
    for (const line of all.toString('utf8', 0, end).split('\n')) take(line)
    rest = Buffer.from(all.subarray(end))
  }
  if (rest.length === 0) return
  const last = rest.toString('utf8')
  if (!isWhole(last)) return file.truncate(size - rest.length)
  take(last)
  await file.appendFile('\n')
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function parsed(text: string, number: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(`the file is damaged on line ${number}`, cause)
  }
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', what, { cause })
}
