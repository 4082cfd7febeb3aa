import { constants } from 'node:fs'
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../../../base/error-code.ts'
import { AppError } from '../../../base/errors.ts'
import { checkPaths, comparePaths } from './vault-path.ts'

/** One file of a model as it was found. */
export interface ModelFile {
  /** Within the model, with `/`. */
  readonly path: string
  readonly sizeBytes: number
  /** Of this very file in this very state: another one after a write, a rename or a swap. Only for comparing. */
  readonly state: string
}

/** Stops a folder of endless names before it fills the memory. */
const MAX_ENTRIES = 200_000

/**
 * All files under a folder, in the order of signatures. Nothing is left out: links, sockets, pipes and devices are refused, and so is a
 * path that `pathProblem` finds fault with.
 *
 * @param root an existing folder; may itself be reached through links, being the operator's own choice
 * @throws {AppError} REQUEST_INVALID; NOT_FOUND when there is nothing at `root`
 */
export async function findModelFiles(root: string): Promise<ModelFile[]> {
  const paths: string[] = []
  let entries = 0
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await openFolder(join(root, folder))) {
      if (++entries > MAX_ENTRIES) throw invalid(`the model has more than ${MAX_ENTRIES} files and folders`)
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) folders.push(path)
      else paths.push(path)
    }
  }
  checkPaths(paths)
  const files: ModelFile[] = []
  for (const path of paths.toSorted(comparePaths)) files.push(await describeModelFile(root, path))
  return files
}

/** One file by itself, as `findModelFiles` describes it. @throws {AppError} REQUEST_INVALID when it is no file; NOT_FOUND */
export async function describeModelFile(root: string, path: string): Promise<ModelFile> {
  checkPaths([path])
  const stats = await lstat(join(root, path), { bigint: true }).catch((cause: unknown) => {
    throw new AppError('NOT_FOUND', 'a file of the model is no longer there', { cause })
  })
  if (!stats.isFile()) throw invalid('the model has a link, a pipe or a device in it: only files can be kept')
  return { path, sizeBytes: Number(stats.size), state: stateOf(stats) }
}

/**
 * Opens a file that `findModelFiles` found, if it is still the same: not when a link or another file has taken its place.
 *
 * @throws {AppError} CONFLICT
 */
export async function openModelFile(root: string, file: ModelFile): Promise<FileHandle> {
  let handle: FileHandle
  try {
    // Without O_NONBLOCK a pipe put in its place would hold the opener for ever.
    handle = await open(join(root, file.path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    throw changed(cause)
  }
  try {
    await checkUnchanged(handle, file)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * To be asked again when all is read: a file that was written to meanwhile is neither its old self nor its new one.
 *
 * @throws {AppError} CONFLICT
 */
export async function checkUnchanged(handle: FileHandle, file: ModelFile): Promise<void> {
  if (stateOf(await handle.stat({ bigint: true })) !== file.state) throw changed()
}

async function openFolder(path: string) {
  try {
    return await opendir(path)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') throw new AppError('NOT_FOUND', 'there is no such folder', { cause })
    throw invalid('the model is not a folder, or one of its folders can not be read', cause)
  }
}

interface Stats {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: Stats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join('.')
}

function changed(cause?: unknown): AppError {
  return new AppError('CONFLICT', 'a file of the model changed while it was read: try again when nobody writes to it', {
    cause,
  })
}

function invalid(what: string, cause?: unknown): AppError {
  return new AppError('REQUEST_INVALID', what, { cause })
}
