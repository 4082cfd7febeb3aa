import { AppError } from '../../../base/errors.ts'
import { deceives } from './tensor.ts'

/** As Linux has them (PATH_MAX less room for where the model lies, NAME_MAX). */
const MAX_PATH_BYTES = 1024
const MAX_PART_BYTES = 255
const MAX_FILES = 100_000
const DRIVE = /^[A-Za-z]:/

/**
 * What is wrong with a file's path within a model; null when it may stand in a vault. A path is parts joined by `/`, and means the same on
 * every system and to everybody who reads it: that is what associated data, manifests and signatures bind.
 *
 * - relative, with no empty part, `.` or `..`, no backslash and no drive;
 * - NFC, and no controls, direction marks or other invisible characters, no space at the ends of a part;
 * - at most 1024 bytes of UTF-8, 255 a part.
 */
export function pathProblem(path: string): string | null {
  if (path === '') return 'is empty'
  if (!path.isWellFormed() || deceives(path)) return 'has control, direction or invisible characters'
  if (path.includes('\ufffd')) return 'has characters that are not UTF-8' // what Node puts in their place
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  if (path.normalize('NFC') !== path) return 'is not in Unicode normal form C'
  if (path.includes('\\')) return 'has a backslash'
  if (path.startsWith('/') || DRIVE.test(path)) return 'is not relative'
  for (const part of path.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'has an empty part, or goes up or nowhere'
    if (part.trim() !== part) return 'has a part that begins or ends with a space'
    if (Buffer.byteLength(part) > MAX_PART_BYTES) return `has a part longer than ${MAX_PART_BYTES} bytes`
  }
  return null
}

/**
 * Checks the paths of one model together: each by itself, none twice, and none that is a file here and a folder there.
 *
 * @throws {AppError} REQUEST_INVALID, naming the path by its position (0-based): a path may be what its author wants to be seen
 */
export function checkPaths(paths: readonly string[]): void {
  if (paths.length > MAX_FILES) throw new AppError('REQUEST_INVALID', `the model has more than ${MAX_FILES} files`)
  const files = new Set<string>()
  for (const [position, path] of paths.entries()) {
    const problem = files.has(path) ? 'stands twice' : pathProblem(path)
    if (problem !== null) throw new AppError('REQUEST_INVALID', `the path of file ${position} ${problem}`)
    files.add(path)
  }
  for (const [position, path] of paths.entries())
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
      if (files.has(path.slice(0, slash)))
        throw new AppError('REQUEST_INVALID', `the path of file ${position} has a file for a folder`)
}

/**
 * Orders paths part by part, by code points: the order of Python's `PurePosixPath`, in which model signatures list files. Not the order of
 * whole texts, where `a.b` stands before `a/b`.
 */
export function comparePaths(a: string, b: string): number {
  return Buffer.compare(sortKey(a), sortKey(b))
}

/** Bytes of UTF-8 sort as code points do; a separator below all that a path can have makes a whole path sort by its parts. */
function sortKey(path: string): Buffer {
  return Buffer.from(path.replaceAll('/', '\0'))
}
