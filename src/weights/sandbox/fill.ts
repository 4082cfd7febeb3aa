import { createHash } from 'node:crypto'
import { AppError } from '../../base/errors.ts'
import { writeAll } from './out/out-files.ts'
import type { Stage } from './stage/stage.ts'

/** A file of weights, wherever it comes from. */
export interface WeightFile {
  /** Relative, with `/`. */
  readonly path: string
  readonly sizeBytes: number
  /** Hexadecimal; what comes is then compared with it. */
  readonly sha256: string | null
  /** All of its bytes, in order. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>
}

const MAX_FILES = 10_000
const MAX_PATH_CHARS = 1_000

/** @throws {AppError} REQUEST_INVALID when a path could lead anywhere else, or two files have the same one */
export function checkPaths(files: readonly WeightFile[]): string[] {
  if (files.length > MAX_FILES) throw new AppError('REQUEST_INVALID', `no more than ${MAX_FILES} files at once`)
  const paths = files.map(({ path }) => path)
  const isPlain = (path: string) =>
    path.length <= MAX_PATH_CHARS &&
    !/[\p{Cc}\\]/u.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  if (!paths.every(isPlain) || new Set(paths).size < paths.length) {
    throw new AppError('REQUEST_INVALID', 'the path of a file of weights is no plain relative path, or comes twice')
  }
  return paths
}

/**
 * Puts the weights in place.
 *
 * @throws {AppError} VERIFICATION_FAILED when what comes isn't what was announced, and what `open` throws
 */
export async function fill(
  stage: Stage,
  files: readonly WeightFile[],
  signal: AbortSignal,
  onProgress: (done: number, of: number) => void,
): Promise<void> {
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let done = 0
  for (const file of files) {
    const hash = file.sha256 === null ? null : createHash('sha256')
    await using target = await stage.openFile(`weights/${file.path}`)
    let written = 0
    for await (const chunk of file.open(signal)) {
      signal.throwIfAborted()
      written += chunk.length
      if (written > file.sizeBytes) throw strange()
      hash?.update(chunk)
      await writeAll(target, chunk)
      done += chunk.length
      onProgress(done, total)
    }
    if (written !== file.sizeBytes || (hash !== null && hash.digest('hex') !== file.sha256)) throw strange()
  }
}

function strange(): AppError {
  return new AppError('VERIFICATION_FAILED', 'a file of weights isn’t as long as announced, or has another digest')
}
