import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceDurably, syncFolder } from '../../base/durable-file.ts'
import { AppError } from '../../base/errors.ts'
import { fileLines } from '../../base/lines.ts'
import { DATASET_FILES, DatasetManifest, DatasetRecord } from './schema.ts'

/** What made a dataset lies there: answers that were paid for, and when. */
export const WORK_FOLDER = 'work'
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
/** A record is a prompt with a few answers of a model. */
const MAX_LINE_BYTES = 64 * 1024 * 1024
const FLUSH_CHARS = 256 * 1024

/** Makes the folder of a dataset, and within it the one for the work; only its owner can read what lies there. */
export async function makeFolder(folder: string): Promise<string> {
  const work = join(folder, WORK_FOLDER)
  try {
    await mkdir(work, { recursive: true, mode: FOLDER_MODE })
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${folder} can't be written`, { cause })
  }
  return work
}

/** Writes JSON objects one after the other, one a line; the file has its name only once it is whole. */
export class RowsWriter implements AsyncDisposable {
  readonly #path: string
  readonly #file: FileHandle
  readonly #digest: Hash = createHash('sha256')
  #waiting = ''
  #open = true

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  static async create(path: string): Promise<RowsWriter> {
    return new RowsWriter(path, await open(`${path}.new`, 'w', FILE_MODE))
  }

  async write(row: object): Promise<void> {
    this.#waiting += `${JSON.stringify(row)}\n`
    if (this.#waiting.length >= FLUSH_CHARS) await this.#flush()
  }

  /** @returns SHA-256 of the file, hex; it is on the disk by then */
  async finish(): Promise<string> {
    await this.#flush()
    await this.#file.sync()
    await this.#close()
    await rename(`${this.#path}.new`, this.#path)
    await syncFolder(join(this.#path, '..'))
    return this.#digest.digest('hex')
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#waiting)
    this.#waiting = ''
    this.#digest.update(bytes)
    await this.#file.appendFile(bytes)
  }

  async #close(): Promise<void> {
    if (this.#open) await this.#file.close()
    this.#open = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return
    await this.#close()
    await rm(`${this.#path}.new`, { force: true })
  }
}

/** Puts a file of the dataset in its place, whole. */
export async function writeFileOf(folder: string, name: string, text: string): Promise<void> {
  await replaceDurably(join(folder, name), text, FILE_MODE)
}

/** @throws {AppError} NOT_FOUND where there is no dataset; REQUEST_INVALID for one of another format */
export async function readManifest(folder: string): Promise<DatasetManifest> {
  const path = join(folder, DATASET_FILES.manifest)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const words = `${folder} holds no whole dataset: there is no ${DATASET_FILES.manifest}`
    throw new AppError('NOT_FOUND', words, { cause })
  }
  const parsed = DatasetManifest.safeParse(jsonOf(text))
  if (parsed.success) return parsed.data
  throw new AppError('REQUEST_INVALID', `${path} is no manifest of a dataset: ${z.prettifyError(parsed.error)}`)
}

/**
 * Records of a file, one by one.
 *
 * @throws {AppError} REQUEST_INVALID naming the line that is none, or where there is no such file
 */
export async function* readRecords(path: string): AsyncGenerator<DatasetRecord> {
  for await (const { number, text, fault } of fileLines(path, { maxBytes: MAX_LINE_BYTES })) {
    const where = `${path}, line ${number}`
    if (fault !== undefined) throw new AppError('REQUEST_INVALID', `${where}: is ${fault}`)
    if (text === '') continue
    const parsed = DatasetRecord.safeParse(jsonOf(text))
    if (!parsed.success) throw new AppError('REQUEST_INVALID', `${where}: is no record of a dataset`)
    yield parsed.data
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
