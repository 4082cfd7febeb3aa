import { viewOf } from './bytes.ts'
import { checkInteger, TlogError } from './error.ts'
import { HASH_SIZE } from './hash.ts'

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256
export const TILE_BYTES = TILE_WIDTH * HASH_SIZE
/** Levels that a tree of 2^53 leaves can have. */
export const MAX_TILE_LEVEL = 6
/** Largest possible bundle: 256 entries of 65,535 bytes with their lengths. */
export const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + 0xffff)

/** One tile or bundle: `width` 256 is full, 1 to 255 partial. */
export interface TileId {
  readonly level: number | 'entries'
  readonly index: number
  readonly width: number
}

/** Path below the log's prefix: `tile/0/x001/x234/067`, `tile/entries/000.p/7` (tlog-tiles). */
export function tilePath(tile: TileId): string {
  checkInteger('tile index', tile.index)
  let name = pad3(tile.index % 1000)
  for (let rest = Math.floor(tile.index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    name = `x${pad3(rest % 1000)}/${name}`
  const partial = tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`
  return `tile/${tile.level}/${name}${partial}`
}

function pad3(n: number): string {
  return n.toString().padStart(3, '0')
}

const PATH = /^tile\/(0|[1-5]?[0-9]|6[0-3]|entries)\/((?:x[0-9]{3}\/){0,5})([0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** Inverse of `tilePath`; null for anything that is not the one right spelling. Hostile input: used on URLs. */
export function parseTilePath(path: string): TileId | null {
  const match = path.length <= 64 ? PATH.exec(path) : null
  if (match === null) return null
  const index = Number((match[2] ?? '').replaceAll(/[x/]/g, '') + (match[3] ?? ''))
  const width = match[4] === undefined ? TILE_WIDTH : Number(match[4])
  const tile = { level: match[1] === 'entries' ? ('entries' as const) : Number(match[1]), index, width }
  if (!Number.isSafeInteger(index) || (match[4] !== undefined && width >= TILE_WIDTH)) return null
  return tilePath(tile) === path ? tile : null
}

/** Width of tile `index` at `level` in a tree of `size` leaves: 0 to 256. Bundles are level 0. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level)
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH))
}

/** All tiles that stand unfinished at the right edge of a tree of `size` leaves, lowest level first. */
export function partialTiles(size: number): TileId[] {
  const tiles: TileId[] = []
  for (let level = 0; level <= MAX_TILE_LEVEL; level++) {
    const hashes = Math.floor(size / TILE_WIDTH ** level)
    const width = hashes % TILE_WIDTH
    if (width > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width })
  }
  return tiles
}

/**
 * The entries of a bundle, as views into `bytes`.
 *
 * @throws {TlogError} MALFORMED unless it holds exactly `width` whole entries and nothing after them.
 */
export function parseBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = []
  let at = 0
  for (let i = 0; i < width; i++) {
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
    if (at + 2 + length > bytes.length) throw new TlogError('MALFORMED', `the entry bundle ends within entry ${i}`)
    entries.push(bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  if (at !== bytes.length) throw new TlogError('MALFORMED', `the entry bundle holds more than ${width} entries`)
  return entries
}

/** @throws {TlogError} RANGE for an entry over 65,535 bytes or more than 256 entries. */
export function formatBundle(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (entries.length > TILE_WIDTH) throw new TlogError('RANGE', 'a bundle holds at most 256 entries')
  const bundle = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0))
  const view = viewOf(bundle)
  let at = 0
  for (const entry of entries) {
    if (entry.length > 0xffff) throw new TlogError('RANGE', 'an entry holds at most 65535 bytes')
    view.setUint16(at, entry.length)
    bundle.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bundle
}

/**
 * The first `width` hashes of a tile.
 *
 * @throws {TlogError} MALFORMED unless the tile has exactly `width` hashes.
 */
export function parseTile(bytes: Uint8Array, width: number): Uint8Array {
  if (bytes.length !== width * HASH_SIZE)
    throw new TlogError('MALFORMED', `a tile of ${width} hashes has ${bytes.length} bytes`)
  return bytes
}
