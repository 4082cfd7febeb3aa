import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The only paths that are served: `tile/<level>/<index>[.p/<width>]` and `tile/entries/<index>[.p/<width>]` of C2SP tlog-tiles, the
 * index in groups of three digits. Hostile input: nothing but digits, `x` and these slashes gets near the file system.
 */
const TILE_PATH =
  /^tile\/(?:entries|[0-9]|[1-5][0-9]|6[0-3])\/(?:x[0-9]{3}\/){0,6}[0-9]{3}(?<partial>\.p\/(?:[1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?$/

export interface LedgerFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly cacheControl: string
}

/** Bytes of a tile, or null when there is none at this path; `path` is as the client sent it, without `/ledger/`. */
export async function readTile(publicDir: string, path: string): Promise<LedgerFile | null> {
  const match = TILE_PATH.exec(path)
  if (match === null) return null
  try {
    const bytes = new Uint8Array(await readFile(join(publicDir, ...path.split('/'))))
    // A full tile never changes. A partial one doesn't either, but may be removed once its full tile exists.
    const partial = match.groups?.partial !== undefined
    return { bytes, cacheControl: partial ? 'public, max-age=3600' : 'public, max-age=31536000, immutable' }
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR')
    )
      return null
    throw error
  }
}
