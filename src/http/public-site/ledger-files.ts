import { type LogSource, parseTilePath, TILE_WIDTH } from '../../ledger/index.ts'

export interface LedgerFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly cacheControl: string
}

/**
 * Bytes of a tile, or null when there is none at this path.
 *
 * @param path As the client sent it, without `/ledger/`. Hostile input: only what C2SP tlog-tiles has as a path gets near a file.
 */
export async function readTile(tiles: LogSource, path: string): Promise<LedgerFile | null> {
  const tile = parseTilePath(path)
  if (tile === null) return null
  const bytes = await tiles.read(path)
  if (bytes === null) return null
  // A full tile never changes. A partial one doesn't either, but may be removed once its full tile exists.
  const full = tile.width === TILE_WIDTH
  return {
    bytes: new Uint8Array(bytes),
    cacheControl: full ? 'public, max-age=31536000, immutable' : 'public, max-age=60',
  }
}
