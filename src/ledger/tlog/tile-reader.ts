import { checkInteger, TlogError } from './error.ts'
import { foldRoots, HASH_SIZE, perfectRoot } from './hash.ts'
import { compactRange, consistencyRanges, inclusionRanges, type LeafRange } from './range.ts'
import { parseBundle, parseTile, TILE_WIDTH, tilePath, tileWidth } from './tile.ts'

/** Where a log's public files come from: a folder, a URL, memory. */
export interface LogSource {
  /** The bytes at `path` (`checkpoint`, `tile/0/000`); null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>
}

const CACHED_TILES = 64

/** Reads the tree of one checkpoint from its tiles and makes proofs from them. Checks shapes, not hashes. */
export class TileReader {
  readonly #source: LogSource
  readonly #size: number
  readonly #tiles = new Map<string, Promise<Uint8Array>>()

  constructor(source: LogSource, size: number) {
    checkInteger('size', size)
    this.#source = source
    this.#size = size
  }

  /** Sibling hashes from the leaf up (RFC 6962 §2.1.1). @throws {TlogError} RANGE, MISSING, MALFORMED */
  inclusionProof(position: number): Promise<Uint8Array[]> {
    checkInteger('position', position)
    if (position >= this.#size) throw new TlogError('RANGE', `position ${position} is outside a tree of ${this.#size}`)
    return this.#hashes(inclusionRanges(position, this.#size))
  }

  /** Proof that the tree of `from` leaves is a prefix of this one. @throws {TlogError} RANGE, MISSING, MALFORMED */
  consistencyProof(from: number): Promise<Uint8Array[]> {
    checkInteger('from', from, 1)
    if (from > this.#size) throw new TlogError('RANGE', `a tree of ${from} is not a prefix of one of ${this.#size}`)
    return this.#hashes(consistencyRanges(from, this.#size))
  }

  /** Root of the first `size` leaves; of all by default. */
  root(size = this.#size): Promise<Uint8Array> {
    return this.#rangeHash({ start: 0, end: size })
  }

  leafHash(position: number): Promise<Uint8Array> {
    return this.#rangeHash({ start: position, end: position + 1 })
  }

  /** The hashes of a tile: all 256, or as many as a tree of this size has. @throws {TlogError} MISSING, MALFORMED */
  tile(level: number, index: number): Promise<Uint8Array> {
    const key = `${level}/${index}`
    let tile = this.#tiles.get(key)
    if (tile === undefined) {
      tile = this.#readTile(level, index)
      if (this.#tiles.size >= CACHED_TILES) this.#tiles.clear()
      this.#tiles.set(key, tile)
    }
    return tile
  }

  /** The entries of bundle `index`. @throws {TlogError} MISSING, MALFORMED */
  async bundle(index: number): Promise<Uint8Array[]> {
    const width = tileWidth(0, index, this.#size)
    const { bytes, found } = await this.#readWithFallback('entries', index, width)
    return parseBundle(bytes, found).slice(0, width)
  }

  async #readTile(level: number, index: number): Promise<Uint8Array> {
    const width = tileWidth(level, index, this.#size)
    const { bytes, found } = await this.#readWithFallback(level, index, width)
    return parseTile(bytes, found).subarray(0, width * HASH_SIZE)
  }

  /** A partial tile may be gone once the full one exists (tlog-tiles, "Partial Tiles"). */
  async #readWithFallback(level: number | 'entries', index: number, width: number) {
    const path = tilePath({ level, index, width })
    const exact = await this.#source.read(path)
    if (exact !== null) return { bytes: exact, found: width }
    const full = width < TILE_WIDTH ? await this.#source.read(tilePath({ level, index, width: TILE_WIDTH })) : null
    if (full === null) throw new TlogError('MISSING', `${path} is missing`)
    return { bytes: full, found: TILE_WIDTH }
  }

  async #hashes(ranges: readonly LeafRange[]): Promise<Uint8Array[]> {
    const hashes: Uint8Array[] = []
    for (const range of ranges) hashes.push(await this.#rangeHash(range))
    return hashes
  }

  async #rangeHash({ start, end }: LeafRange): Promise<Uint8Array> {
    const roots: Uint8Array[] = []
    for (const { level, index } of compactRange(start, end)) {
      const tileLevel = Math.floor(level / 8)
      const count = 2 ** (level - tileLevel * 8)
      const first = index * count
      const tile = await this.tile(tileLevel, Math.floor(first / TILE_WIDTH))
      roots.push(perfectRoot(tile, first % TILE_WIDTH, count))
    }
    return foldRoots(roots)
  }
}
