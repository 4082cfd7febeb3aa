import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf } from '../../../base/error-code.ts'
import { AppError } from '../../../base/errors.ts'

/** A file that a command wrote and that is let out. */
export interface OutFile {
  /** Relative, with `/`. */
  readonly path: string
  readonly sizeBytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** What stays behind: links, pipes, sockets, devices, and names that would not read the same everywhere. */
export interface LeftBehind {
  /** As JSON would write it, so that no name can do anything to a terminal. */
  readonly path: string
  readonly why: string
}

export interface OutList {
  readonly paths: readonly string[]
  readonly left: readonly LeftBehind[]
}

const MAX_ENTRIES = 10_000
const MAX_DEPTH = 32
const CHUNK_BYTES = 1024 * 1024
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Everything in a folder that nobody changes any more, written by who may be hostile. No link is followed.
 *
 * @throws {AppError} SANDBOX_LIMIT when there is more, or it lies deeper, than anybody would look at
 */
export async function listOut(folder: string): Promise<OutList> {
  const paths: string[] = []
  const left: LeftBehind[] = []
  const visit = async (prefix: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw new AppError('SANDBOX_LIMIT', `folders written out lie deeper than ${MAX_DEPTH}`)
    for (const name of await readdir(join(folder, prefix), { encoding: 'buffer' })) {
      if (paths.length + left.length >= MAX_ENTRIES) {
        throw new AppError('SANDBOX_LIMIT', `more than ${MAX_ENTRIES.toLocaleString('en')} files were written out`)
      }
      const path = `${prefix}${name.toString('utf8')}`
      if (!isPlain(name)) {
        left.push({ path: JSON.stringify(`${prefix}${name.toString('latin1')}`), why: 'its name is not plain text' })
        continue
      }
      const status = await lstat(join(folder, path))
      if (status.isDirectory()) await visit(`${path}/`, depth + 1)
      else if (status.isFile()) paths.push(path)
      else left.push({ path: JSON.stringify(path), why: status.isSymbolicLink() ? 'a link' : 'no file' })
    }
  }
  await visit('', 0)
  return { paths: paths.sort(), left }
}

/** Readable as the same text wherever it is shown: no control characters, none that turn the direction of writing. */
function isPlain(name: Buffer): boolean {
  return isUtf8(name) && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u.test(name.toString('utf8'))
}

/** @throws {AppError} REQUEST_INVALID unless the folder is empty or can be made, and so can the one beside it that becomes it */
export async function requireFreshFolder(path: string): Promise<void> {
  const parent = await lstat(dirname(path)).catch(() => null)
  if (parent === null) throw new AppError('REQUEST_INVALID', 'the folder above the one to write out to does not exist')
  if ((await lstat(`${path}.part`).catch(() => null)) !== null)
    throw new AppError('REQUEST_INVALID', 'something with the same name and .part is in the way: remove it')
  const entries = await readdir(path).catch((error: unknown) => (codeOf(error) === 'ENOENT' ? [] : ['in the way']))
  if (entries.length > 0) throw new AppError('REQUEST_INVALID', 'the folder to write out to must be new or empty')
}

/**
 * Digests of the files, which are copied on the way when a folder is named: all of them or, when anything fails, none.
 *
 * @param limitBytes of all together, as they read: a sparse file counts in full, one with two names twice
 * @throws {AppError} SANDBOX_LIMIT over the limit
 */
export async function letOut(folder: string, list: OutList, limitBytes: number, to: string | null): Promise<OutFile[]> {
  let left = limitBytes
  for (const path of list.paths) left -= (await lstat(join(folder, path))).size
  if (left < 0) {
    const over = `what was written out is larger than the limit of ${limitBytes.toLocaleString('en')} bytes`
    throw new AppError('SANDBOX_LIMIT', `${over}: nothing was let out`)
  }
  const draft = to === null ? null : await makeDraft(to)
  try {
    const files: OutFile[] = []
    for (const path of list.paths) files.push(await readOut(folder, path, draft))
    if (to !== null && draft !== null) await rename(draft, to)
    return files
  } catch (error) {
    if (draft !== null) await rm(draft, { recursive: true, force: true })
    throw error
  }
}

/** Beside the folder that it will become. What stands there already is nobody's to remove. */
async function makeDraft(to: string): Promise<string> {
  const draft = `${to}.part`
  await mkdir(draft, { mode: 0o700 }).catch((cause: unknown) => {
    throw new AppError('CONFLICT', `${draft} is in the way: remove it, or name another folder`, { cause })
  })
  return draft
}

/** One file's digest, and its copy: a plain file of whoever runs this, whatever its mode was. */
async function readOut(folder: string, path: string, to: string | null): Promise<OutFile> {
  const hash = createHash('sha256')
  await using source = await open(join(folder, path), READ)
  const target = to === null ? null : await createIn(to, path)
  try {
    let sizeBytes = 0
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    for (;;) {
      const { bytesRead } = await source.read(chunk)
      if (bytesRead === 0) break
      const read = chunk.subarray(0, bytesRead)
      hash.update(read)
      if (target !== null) await writeAll(target, read)
      sizeBytes += bytesRead
    }
    await target?.sync()
    return { path, sizeBytes, sha256: hash.digest('hex') }
  } finally {
    await target?.close()
  }
}

async function createIn(folder: string, path: string): Promise<FileHandle> {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  return await open(target, 'wx', 0o600)
}

/** A write may take less than it was given. */
export async function writeAll(target: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await target.write(bytes, done, bytes.length - done)).bytesWritten
  }
}
