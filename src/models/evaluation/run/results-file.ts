import { type FileHandle, open, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import type { Spent } from './budget.ts'

export const RUN_FORMAT = 'safelevel-eval-run/1'
const MAX_FILE_BYTES = 2 * 1024 * 1024 * 1024
const READ_BYTES = 1024 * 1024

/** What makes a run one run: with anything here changed it is another. */
export const RunHeader = z.looseObject({
  format: z.literal(RUN_FORMAT),
  began_at: z.string(),
  model: z.string(),
  suite: z.string().nullable(),
  suite_file: z.string(),
  settings: z.record(z.string(), z.unknown()),
  ends: z.literal(true),
})
export type RunHeader = z.infer<typeof RunHeader>

/** One try as it stands in the file; `eval import` reads `task`, `family`, `attempt`, `passed`, `refused` and `error`. */
export interface Row {
  readonly task: string
  readonly family: string | null
  readonly attempt: number
  readonly passed?: boolean
  readonly refused?: true
  readonly error?: string
  readonly unscored?: string
  readonly tokens: { readonly input: number; readonly output: number } | null
  readonly answer: string
  readonly at: string
}

const Tokens = z.object({ input: z.int().min(0), output: z.int().min(0) })
const Asked = z.looseObject({ task: z.string(), attempt: z.int(), most: Tokens })
const Tried = z.looseObject({
  task: z.string(),
  attempt: z.int(),
  passed: z.boolean().optional(),
  refused: z.literal(true).optional(),
  error: z.string().optional(),
  tokens: Tokens.nullable(),
})
const Line = z.looseObject({
  header: RunHeader.optional(),
  asked: Asked.optional(),
  end: z.looseObject({ status: z.string() }).optional(),
})

export type Known = 'passed' | 'failed' | 'refused' | 'errored' | 'unscored'
export const keyOf = (task: string, attempt: number) => `${attempt}\n${task}`

/** What a file of results says already. */
export interface Kept {
  readonly header: RunHeader | null
  /** By `keyOf`: the tries that were answered. */
  readonly answered: ReadonlyMap<string, Known>
  /** What it has cost so far; what was asked and never answered counts at its most. */
  readonly spent: Spent
  readonly ended: string | null
}

/**
 * The results of a run, appended line by line: a header, each question before it leaves, each answer when it has come, how it ended. A line
 * counts once it is on the disk. After a crash the file is read again: nothing that was answered is asked twice.
 */
export class ResultsFile implements AsyncDisposable {
  readonly #file: FileHandle
  readonly #lock: DatabaseSync
  readonly #lockPath: string
  #waiting: string[] = []
  #writing: Promise<void> | null = null
  readonly kept: Kept

  private constructor(file: FileHandle, lock: DatabaseSync, lockPath: string, kept: Kept) {
    this.#file = file
    this.#lock = lock
    this.#lockPath = lockPath
    this.kept = kept
  }

  /** @throws {AppError} CONFLICT while another run writes it; REQUEST_INVALID for a file that is no run's */
  static async open(path: string): Promise<ResultsFile> {
    const lockPath = `${path}.lock`
    const lock = lockFile(lockPath)
    try {
      const file = await open(path, 'a+', 0o600)
      try {
        return new ResultsFile(file, lock, lockPath, await readKept(file))
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
    throw new AppError('CONFLICT', 'another run writes this file of results: let it end, or name another --out', {
      cause,
    })
  }
}

async function readKept(file: FileHandle): Promise<Kept> {
  const reading = new Reading()
  const { size } = await file.stat()
  if (size > MAX_FILE_BYTES) throw invalid('has more than 2 GiB')
  const bytes = Buffer.alloc(Math.min(READ_BYTES, size))
  let [at, rest] = [0, Buffer.alloc(0)]
  while (at < size) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at)
    if (bytesRead === 0) break
    at += bytesRead
    const all = Buffer.concat([rest, bytes.subarray(0, bytesRead)])
    const end = all.lastIndexOf(0x0a) + 1
    for (const line of all.toString('utf8', 0, end).split('\n')) reading.take(line)
    rest = Buffer.from(all.subarray(end))
  }
  if (rest.length > 0) await mend(file, reading, rest, size)
  return reading.kept()
}

/** The last line of a run that was killed: kept where it is whole, cut off where it is not. It was never counted. */
async function mend(file: FileHandle, reading: Reading, rest: Buffer, size: number): Promise<void> {
  try {
    JSON.parse(rest.toString('utf8'))
  } catch {
    await file.truncate(size - rest.length)
    return
  }
  reading.take(rest.toString('utf8'))
  await file.appendFile('\n')
}

class Reading {
  #header: RunHeader | null = null
  readonly #answered = new Map<string, Known>()
  readonly #open = new Map<string, { input: number; output: number }[]>()
  #spent = { requests: 0, input: 0, output: 0 }
  #ended: string | null = null
  #lines = 0

  take(text: string): void {
    if (text === '') return
    this.#lines += 1
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      throw invalid(`is damaged on line ${this.#lines}`, cause)
    }
    const { success, data, error } = Line.safeParse(value)
    if (!success) throw this.#strange(error)
    const { header, asked, end } = data
    if (header !== undefined) {
      if (this.#header !== null) throw invalid('has two headers')
      this.#header = header
    } else if (this.#header === null) throw invalid('has no header, so it is no run of this command')
    else if (asked !== undefined) this.#asked(asked)
    else if (end !== undefined) this.#ended = end.status
    else this.#tried(value)
  }

  #asked({ task, attempt, most }: z.infer<typeof Asked>): void {
    const key = keyOf(task, attempt)
    this.#spent = { ...this.#spent, requests: this.#spent.requests + 1 }
    this.#open.set(key, [...(this.#open.get(key) ?? []), most])
  }

  #tried(value: unknown): void {
    const { success, data, error } = Tried.safeParse(value)
    if (!success) throw this.#strange(error)
    const key = keyOf(data.task, data.attempt)
    const before = this.#answered.get(key)
    if (before !== undefined && before !== 'errored') throw invalid('has a try twice: it was edited')
    this.#answered.set(key, knownOf(data))
    this.#open.delete(key)
    if (data.tokens !== null) this.#add(data.tokens)
  }

  #strange(cause: unknown): AppError {
    return invalid(`holds something else on line ${this.#lines}`, cause)
  }

  #add({ input, output }: { input: number; output: number }): void {
    this.#spent = { ...this.#spent, input: this.#spent.input + input, output: this.#spent.output + output }
  }

  kept(): Kept {
    for (const most of [...this.#open.values()].flat()) this.#add(most)
    return { header: this.#header, answered: this.#answered, spent: this.#spent, ended: this.#ended }
  }
}

function knownOf({ passed, refused, error }: z.infer<typeof Tried>): Known {
  if (passed === true) return 'passed'
  if (refused === true) return 'refused'
  if (error !== undefined) return 'errored'
  return passed === false ? 'failed' : 'unscored'
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', `the file of results ${what}`, { cause })
}
