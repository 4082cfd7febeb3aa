import { foldRoots, HASH_SIZE, perfectRoot } from './hash.ts'
import { compactRange } from './range.ts'
import { TILE_BYTES, TILE_WIDTH, type TileId } from './tile.ts'

/** Called with each tile as it becomes full; `hashes` (8192 bytes) is valid only during the call. */
export type OnFullTile = (tile: TileId, hashes: Uint8Array) => void

interface Edge {
  readonly hashes: Uint8Array
  width: number
  index: number
}

/** A growing tree of which only the unfinished tiles of the right edge are held: at most 8 KiB a level. */
export class TreeBuilder {
  readonly #edges: Edge[] = []
  #size = 0

  /** Goes on from a tree of `size` whose partial tiles (as `partialTiles(size)` names them) are given. */
  static resume(size: number, partials: ReadonlyMap<number, Uint8Array>): TreeBuilder {
    const builder = new TreeBuilder()
    builder.#size = size
    for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
      const edge = builder.#edge(level)
      edge.width = hashes % TILE_WIDTH
      edge.index = Math.floor(hashes / TILE_WIDTH)
      edge.hashes.set((partials.get(level) ?? new Uint8Array(0)).subarray(0, edge.width * HASH_SIZE))
    }
    return builder
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size
  }

  append(leafHash: Uint8Array, onFullTile: OnFullTile): void {
    this.#size++
    let hash = leafHash
    for (let level = 0; ; level++) {
      const edge = this.#edge(level)
      edge.hashes.set(hash, edge.width * HASH_SIZE)
      edge.width++
      if (edge.width < TILE_WIDTH) return
      onFullTile({ level, index: edge.index, width: TILE_WIDTH }, edge.hashes)
      hash = perfectRoot(edge.hashes, 0, TILE_WIDTH)
      edge.width = 0
      edge.index++
    }
  }

  /** The partial tiles of the right edge; the hashes are views, valid until the next append. */
  partials(): { tile: TileId; hashes: Uint8Array }[] {
    return this.#edges.flatMap(({ hashes, width, index }, level) =>
      width === 0 ? [] : [{ tile: { level, index, width }, hashes: hashes.subarray(0, width * HASH_SIZE) }],
    )
  }

  /** RFC 6962 root of all leaves appended so far. */
  root(): Uint8Array {
    const roots: Uint8Array[] = []
    for (const { hashes, width } of this.#edges.toReversed()) {
      for (const { level, index } of compactRange(0, width))
        roots.push(perfectRoot(hashes, index * 2 ** level, 2 ** level))
    }
    return foldRoots(roots)
  }

  #edge(level: number): Edge {
    let edge = this.#edges[level]
    if (edge === undefined) {
      edge = { hashes: new Uint8Array(TILE_BYTES), width: 0, index: 0 }
      this.#edges[level] = edge
    }
    return edge
  }
}
