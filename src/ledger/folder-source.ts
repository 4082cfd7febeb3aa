import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import { type LogSource, MAX_BUNDLE_BYTES, parseTilePath } from './tlog/index.ts'

/** The last word of a key. */
const SUCCESSION = /^succession\/[0-9a-f]{8}$/

/** A log's public files in a folder. Reads nothing but `checkpoint`, `vkey`, what successions and tiles are called. */
export function folderSource(publicDir: string): LogSource {
  return {
    async read(path) {
      if (!isPublicPath(path)) return null
      const file = await open(join(publicDir, path), 'r').catch(nullWhenAbsent)
      if (file === null) return null
      try {
        const { size } = await file.stat()
        if (size > MAX_BUNDLE_BYTES) throw new AppError('VERIFICATION_FAILED', `${path} is larger than a tile can be`)
        return await file.readFile()
      } finally {
        await file.close()
      }
    },
  }
}

/** What may be read, and served, of a ledger's public folder. */
export function isPublicPath(path: string): boolean {
  return path === 'checkpoint' || path === 'vkey' || SUCCESSION.test(path) || parseTilePath(path) !== null
}

function nullWhenAbsent(error: unknown): null {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  throw error
}
