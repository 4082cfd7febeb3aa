import { createHash } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { AppError } from '../../base/errors.ts'
import { fileLines } from '../../base/lines.ts'

const MAX_LINE_BYTES = 16 * 1024 * 1024
const MAX_LIST_BYTES = 128 * 1024 * 1024

/** A row as it stands in its file. */
export interface DataRow {
  /** 1-based: its line; in a JSON array, its place. */
  readonly line: number
  /** As it is written out again; undefined where it is too long to be held, or no text. */
  readonly text: string | undefined
  /** undefined: no JSON. */
  readonly value: unknown
}

export interface DataFile {
  readonly rows: AsyncIterable<DataRow>
  /** SHA-256 of the file, hex; known once all rows were read. */
  digest(): string
}

/**
 * The rows of a file of fine-tuning data: JSON lines of any size, read one by one; or a JSON array of at most 128 MiB.
 *
 * @param onBytes told how many bytes were read, for progress
 * @throws {AppError} REQUEST_INVALID for a file that can't be read, or an array that is none or too large
 */
export async function openData(path: string, onBytes: (bytes: number) => void = () => {}): Promise<DataFile> {
  const hash = createHash('sha256')
  const digest = () => hash.copy().digest('hex')
  if ((await firstCharacter(path)) === '[') return { rows: listed(path, (bytes) => hash.update(bytes)), digest }
  const rows = lined(path, (chunk) => {
    hash.update(chunk)
    onBytes(chunk.length)
  })
  return { rows, digest }
}

async function* lined(path: string, onBytes: (chunk: Buffer) => void): AsyncGenerator<DataRow> {
  for await (const { number, text } of fileLines(path, { maxBytes: MAX_LINE_BYTES, onBytes })) {
    if (text?.trim() === '') continue
    yield { line: number, text, value: text === undefined ? undefined : parsed(text) }
  }
}

async function* listed(path: string, onBytes: (bytes: Buffer) => void): AsyncGenerator<DataRow> {
  const { size } = await stat(path)
  if (size > MAX_LIST_BYTES) throw invalid(`${path} is an array of more than 128 MiB: write it as JSON lines`)
  const bytes = await readFile(path)
  onBytes(bytes)
  const list = parsed(bytes.toString('utf8'))
  if (!Array.isArray(list)) throw invalid(`${path} begins as a JSON array and is none`)
  for (const [at, value] of list.entries()) yield { line: at + 1, text: JSON.stringify(value), value }
}

async function firstCharacter(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0)
    return buffer
      .subarray(0, bytesRead)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trimStart()
      .charAt(0)
  } catch (cause) {
    throw invalid(`${path} can't be read`, cause)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', message, { cause })
}
