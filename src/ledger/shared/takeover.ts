import type { PgSession } from '../../db/index.ts'
import type { Published } from '../publisher.ts'
import { resumeTree } from '../recovery.ts'
import type { TileStore } from '../tiles/tile-store.ts'
import {
  type Checkpoint,
  HASH_SIZE,
  leafHash,
  type NoteVerifier,
  openNote,
  parseCheckpoint,
  sameHash,
  TILE_WIDTH,
  TileReader,
  TreeBuilder,
} from '../tlog/index.ts'
import { type Head, readCommitments } from './store.ts'

/** Commitments read from the database at a time. */
const PAGE = 16_384

/** The log can't go on: what is published and what is in the database are two histories. */
export class Blocked extends Error {
  override readonly name = 'Blocked'
}

/** Where a sequencer begins. */
export interface Resumed {
  /** Null before the first checkpoint. */
  readonly published: Published | null
  /** The tree of the published checkpoint; null when its tiles must be written anew. */
  readonly tree: TreeBuilder | null
  /** Its last `size % 256` entries. */
  readonly edgeEntries: Buffer[]
}

interface Base {
  readonly checkpoint: Checkpoint
  readonly note: string
}

/**
 * Works out where the log stands after whatever ended the last sequencer. Reads the right edge, unless tiles are damaged or the tile
 * store is ahead of the database.
 *
 * @param verifiers The log's key, and those before it.
 * @throws {Blocked} when going on would show a second history; otherwise what reading throws: try again
 */
export async function resume(
  session: PgSession,
  tiles: TileStore,
  head: Head,
  verifiers: readonly NoteVerifier[],
): Promise<Resumed> {
  const inDatabase = head.note === null ? null : await openOwn(head.note, head.origin, verifiers)
  const inStore = await storedCheckpoint(tiles, head.origin, verifiers)
  if (inStore !== null && inStore.checkpoint.size > head.size)
    throw new Blocked(
      `a checkpoint of ${inStore.checkpoint.size} entries is published, the database holds ${head.size}: it was put back to an earlier state, restore a later one`,
    )
  const ahead = inStore !== null && inStore.checkpoint.size > (inDatabase?.checkpoint.size ?? -1)
  const base = ahead ? inStore : inDatabase
  if (base === null) return { published: null, tree: new TreeBuilder(), edgeEntries: [] }
  if (inStore !== null && inDatabase !== null && !agree(inStore.checkpoint, inDatabase.checkpoint))
    throw new Blocked(`two checkpoints of ${base.checkpoint.size} entries have different roots`)
  const { size } = base.checkpoint
  const published = { size, note: base.note }
  const edge = await readCommitments(session, size - (size % TILE_WIDTH), size)
  const edgeEntries = split(edge)
  const tree = ahead ? null : await fromTiles(session, tiles, base.checkpoint)
  if (tree !== null) return { published, tree, edgeEntries }
  await checkEntries(session, base.checkpoint)
  return { published, tree: null, edgeEntries: [] }
}

/** Pages of commitments as separate buffers. */
export async function* commitmentPages(session: PgSession, from: number, end: number): AsyncGenerator<Buffer[]> {
  for (let at = from; at < end; at += PAGE) {
    const next = Math.min(end, at + PAGE)
    const page = split(await readCommitments(session, at, next))
    if (page.length !== next - at)
      throw new Blocked(`entries between ${at} and ${next} are missing from the database: restore them from a backup`)
    yield page
  }
}

export function split(joined: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(joined.length / HASH_SIZE) }, (_, i) =>
    joined.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE),
  )
}

async function storedCheckpoint(tiles: TileStore, origin: string, verifiers: readonly NoteVerifier[]) {
  const bytes = await tiles.read('checkpoint')
  return bytes === null ? null : await openOwn(Buffer.from(bytes).toString('utf8'), origin, verifiers)
}

async function openOwn(note: string, origin: string, verifiers: readonly NoteVerifier[]): Promise<Base> {
  let checkpoint: Checkpoint
  try {
    checkpoint = parseCheckpoint((await openNote(note, verifiers)).text)
  } catch (cause) {
    throw new Blocked('the published checkpoint is not signed by a key of this log', { cause })
  }
  if (checkpoint.origin !== origin) throw new Blocked(`the published checkpoint is of the log ${checkpoint.origin}`)
  return { checkpoint, note }
}

function agree(a: Checkpoint, b: Checkpoint): boolean {
  return a.size !== b.size || sameHash(a.root, b.root)
}

/** The tree from the tiles at its right edge; null when they don't lead to the root, or are not of the entries in the database. */
async function fromTiles(session: PgSession, tiles: TileStore, checkpoint: Checkpoint): Promise<TreeBuilder | null> {
  const { size } = checkpoint
  if (size === 0) return new TreeBuilder()
  const reader = new TileReader(tiles, size)
  const tree = await resumeTree(reader, checkpoint)
  if (tree === null) return null
  const index = Math.floor((size - 1) / TILE_WIDTH)
  const hashes = await reader.tile(0, index)
  const entries = split(await readCommitments(session, index * TILE_WIDTH, size))
  const same = entries.every((entry, i) =>
    sameHash(leafHash(entry), hashes.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE)),
  )
  return same && entries.length === size - index * TILE_WIDTH ? tree : null
}

async function checkEntries(session: PgSession, { size, root }: Checkpoint): Promise<void> {
  const tree = new TreeBuilder()
  for await (const page of commitmentPages(session, 0, size))
    for (const entry of page) tree.append(leafHash(entry), () => undefined)
  if (!sameHash(tree.root(), root))
    throw new Blocked(`the entries in the database do not lead to the published root of ${size}`)
}
