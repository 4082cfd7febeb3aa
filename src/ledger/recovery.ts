import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { folderSource } from './folder-source.ts'
import type { Published } from './publisher.ts'
import { isIntact, type StoredRecord } from './record.ts'
import { SEGMENT_HEADER_BYTES, Segments } from './segments.ts'
import {
  type Checkpoint,
  HASH_SIZE,
  leafHash,
  type NoteVerifier,
  openCheckpoint,
  parseVkey,
  partialTiles,
  sameHash,
  TILE_WIDTH,
  TileReader,
  TreeBuilder,
} from './tlog/index.ts'
import type { Tail } from './write-ahead.ts'

/** The state that a ledger goes on from. */
export interface Recovered {
  readonly published: Published
  /** The tree of the published checkpoint; null when tiles are missing or damaged, but the segments lead to its root. */
  readonly tree: TreeBuilder | null
  /** Its last `size % 256` entries. */
  readonly edgeEntries: Buffer[]
  /** Durable entries that are not published yet, in order. */
  readonly unpublished: Buffer[]
  readonly tail: Tail
}

/**
 * Works out where a ledger stands after whatever ended the last process. Reads the published right edge, and segments
 * from the one that holds the last published entry: not the history.
 *
 * @returns null for a ledger that was never begun.
 * @throws {AppError} VERIFICATION_FAILED when checkpoint and segments contradict each other: going on would sign a
 *   second history.
 */
export async function recover(dir: string, vkey: string, log: Log): Promise<Recovered | null> {
  const segments = await Segments.open(join(dir, 'private'))
  const source = folderSource(join(dir, 'public'))
  const note = await source.read('checkpoint')
  if (note === null) {
    if (await isEmpty(segments)) return null
    throw refuse('entries are there, but public/checkpoint is missing: restore it from a backup')
  }
  const checkpoint = await openOwnCheckpoint(note, parseVkey(vkey))
  const published = { size: checkpoint.size, note: Buffer.from(note).toString('utf8') }
  const reader = new TileReader(source, checkpoint.size)
  const { agree, ...tail } = await readTail(segments, reader, checkpoint.size)
  const tree = agree ? await resumeTree(reader, checkpoint) : null
  if (tree === null) {
    log.warn({ size: checkpoint.size }, 'ledger tiles are missing or damaged: rebuilding them from the segments')
    await checkSegments(segments, checkpoint)
  }
  return { published, tree, ...tail }
}

function refuse(why: string, options?: ErrorOptions): AppError {
  return new AppError('VERIFICATION_FAILED', `the ledger does not open: ${why}`, options)
}

async function isEmpty(segments: Segments): Promise<boolean> {
  for await (const page of segments.pages(0, 1)) if (page.length > 0) return false
  return segments.firsts.length <= 1
}

async function openOwnCheckpoint(note: Uint8Array, key: NoteVerifier): Promise<Checkpoint> {
  try {
    return await openCheckpoint(note, key)
  } catch (cause) {
    throw refuse('public/checkpoint is not signed by the key in use: restore the key or the folder', { cause })
  }
}

/** The tree of the checkpoint from its partial tiles; null when they don't lead to its root. @throws {AppError} UPSTREAM_UNAVAILABLE */
export async function resumeTree(
  reader: TileReader,
  checkpoint: Pick<Checkpoint, 'size' | 'root'>,
): Promise<TreeBuilder | null> {
  try {
    const partials = new Map<number, Uint8Array>()
    for (const { level, index } of partialTiles(checkpoint.size))
      if (level !== 'entries') partials.set(level, await reader.tile(level, index))
    const tree = TreeBuilder.resume(checkpoint.size, partials)
    return sameHash(tree.root(), checkpoint.root) ? tree : null
  } catch (error) {
    // A store that does not answer says nothing of its tiles.
    if (error instanceof AppError && error.code === 'UPSTREAM_UNAVAILABLE') throw error
    return null
  }
}

async function checkSegments(segments: Segments, checkpoint: Checkpoint): Promise<void> {
  const tree = new TreeBuilder()
  for await (const page of segments.pages(0, checkpoint.size))
    for (const record of page) tree.append(leafHash(record.commitment), () => undefined)
  if (tree.size !== checkpoint.size || !sameHash(tree.root(), checkpoint.root))
    throw refuse(`the segments do not lead to the published root of ${checkpoint.size} entries`)
}

/** Reads the segments from the last unfinished bundle on; `agree`: the published ones among them match their tiles. */
async function readTail(segments: Segments, reader: TileReader, published: number) {
  const edgeStart = published - (published % TILE_WIDTH)
  const start = segments.segmentOf(Math.max(0, Math.min(edgeStart, published - 1)))
  if (start === null) throw refuse('the segment files are missing')
  const edgeEntries: Buffer[] = []
  const unpublished: Buffer[] = []
  let agree = true
  let tail: Tail = { first: start, offset: SEGMENT_HEADER_BYTES, size: start }
  for (const first of segments.firsts.filter((candidate) => candidate >= start)) {
    if (first !== tail.size) throw refuse(`entries ${tail.size} to ${first - 1} are missing from the segments`)
    tail = { first, offset: SEGMENT_HEADER_BYTES, size: first }
    for await (const record of intactRecords(segments, first, published)) {
      const { position } = record
      if (position < published && agree) agree = await matchesTile(record, reader)
      if (position >= edgeStart) (position < published ? edgeEntries : unpublished).push(Buffer.from(record.commitment))
      tail = { first, offset: record.offset + record.sizeBytes, size: position + 1 }
    }
  }
  if (tail.size < published)
    throw refuse(`the checkpoint covers ${published} entries, the segments hold only ${tail.size}: data was lost`)
  return { tail, edgeEntries, unpublished, agree }
}

/** Records of a segment up to the torn end that an interrupted write may have left. */
async function* intactRecords(segments: Segments, first: number, published: number): AsyncGenerator<StoredRecord> {
  for await (const page of segments.segmentPages(first)) {
    for (const record of page) {
      // Those already published are held against their tiles instead, which cost no reading of the body.
      if (record.position >= published && !isIntact(record)) return
      yield record
    }
  }
}

async function matchesTile(record: StoredRecord, reader: TileReader): Promise<boolean> {
  const tile = await reader.tile(0, Math.floor(record.position / TILE_WIDTH)).catch(() => null)
  const at = (record.position % TILE_WIDTH) * HASH_SIZE
  return tile !== null && sameHash(tile.subarray(at, at + HASH_SIZE), leafHash(record.commitment))
}

/** Removes what interrupted writes left behind. */
export async function clearTemporary(dir: string): Promise<void> {
  for (const name of await readdir(dir)) await rm(join(dir, name), { force: true })
}
