import type { Checkpoint } from './checkpoint.ts'
import { TlogError } from './error.ts'
import { HASH_SIZE, leafHash, sameHash } from './hash.ts'
import { TILE_WIDTH, type TileId, tilePath } from './tile.ts'
import { type LogSource, TileReader } from './tile-reader.ts'
import { TreeBuilder } from './tree-builder.ts'

/** A head that was verified before; the log must contain its tree as a prefix. */
export interface KnownHead {
  readonly size: number
  readonly root: Uint8Array
}

export interface VerifyLogOptions {
  readonly known?: KnownHead
  /** Called with the entries in order, gap-free from 0, before they are known to be under the root. */
  readonly onEntries?: (start: number, entries: readonly Uint8Array[]) => Promise<void> | void
  /** Bundles fetched ahead; raise it for slow links. */
  readonly prefetch?: number
}

/**
 * Reads a whole log and checks every entry bundle and every tile against the root of `checkpoint`, whose signature the
 * caller has checked. Memory does not grow with the log.
 *
 * @throws {TlogError} TREE (changed, reordered), CONSISTENCY (rolled back, forked), MISSING, MALFORMED
 */
export async function verifyLog(
  source: LogSource,
  checkpoint: Pick<Checkpoint, 'size' | 'root'>,
  options: VerifyLogOptions = {},
): Promise<void> {
  const { known, onEntries } = options
  const { size } = checkpoint
  if (known !== undefined && known.size > size)
    throw new TlogError('CONSISTENCY', `the log was cut off: it had ${known.size} entries and now claims ${size}`)
  const reader = new TileReader(source, size)
  const tree = new TreeBuilder()
  const checkKnown = () => {
    if (known?.size === tree.size && !sameHash(known.root, tree.root()))
      throw new TlogError(
        'CONSISTENCY',
        `the log was forked: its first ${known.size} entries are not those seen before`,
      )
  }
  checkKnown()
  for await (const { start, entries } of bundles(reader, size, options.prefetch ?? 4)) {
    await onEntries?.(start, entries)
    const full: { tile: TileId; hashes: Uint8Array }[] = []
    for (const entry of entries) {
      tree.append(leafHash(entry), (tile, hashes) => full.push({ tile, hashes: hashes.slice() }))
      checkKnown()
    }
    for (const { tile, hashes } of full) await compareTile(reader, tile, hashes)
  }
  for (const { tile, hashes } of tree.partials()) await compareTile(reader, tile, hashes)
  if (!sameHash(tree.root(), checkpoint.root))
    throw new TlogError('TREE', `the ${size} entries do not lead to the root of the checkpoint`)
}

async function compareTile(reader: TileReader, id: TileId, hashes: Uint8Array): Promise<void> {
  const level = id.level === 'entries' ? 0 : id.level
  const tile = await reader.tile(level, id.index)
  if (sameHash(tile, hashes)) return
  const at = hashes.findIndex((byte, i) => byte !== tile[i])
  const position = id.index * TILE_WIDTH + Math.floor(at / HASH_SIZE)
  const what = level === 0 ? `entry ${position} does not match its hash` : 'the hashes do not match the level below'
  throw new TlogError('TREE', `${tilePath(id)}: ${what}`)
}

/** Bundles in order, a few fetched ahead. */
async function* bundles(reader: TileReader, size: number, prefetch: number) {
  const count = Math.ceil(size / TILE_WIDTH)
  const waiting: Promise<Uint8Array[]>[] = []
  let next = 0
  for (let index = 0; index < count; index++) {
    while (next < count && waiting.length <= prefetch) {
      // Its hashes are compared next: fetched along, and kept by the reader.
      reader.tile(0, next).catch(() => undefined)
      const bundle = reader.bundle(next++)
      // Awaited in order below; without this, one that fails early would count as unhandled.
      bundle.catch(() => undefined)
      waiting.push(bundle)
    }
    const entries = await waiting.shift()
    if (entries !== undefined) yield { start: index * TILE_WIDTH, entries }
  }
}
