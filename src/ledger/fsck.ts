import { type AuditReport, auditLedger } from './audit.ts'
import { isPublicPath } from './folder-source.ts'
import type { Records } from './record.ts'
import type { TileStore } from './tiles/tile-store.ts'
import {
  type Checkpoint,
  type NoteVerifier,
  openNote,
  parseCheckpoint,
  parseTilePath,
  partialTiles,
  TILE_WIDTH,
  TlogError,
  tilePath,
  tileWidth,
} from './tlog/index.ts'

/** Something that is not as it should be. */
export interface Finding {
  /** `wrong`: the ledger is damaged. `surplus`: nothing is lost by deleting it. `note`: as it may be, and good to know. */
  readonly weight: 'wrong' | 'surplus' | 'note'
  readonly words: string
  /** What `--mend` deletes. */
  readonly paths?: readonly string[]
}

export interface FsckOptions {
  readonly tiles: TileStore
  readonly records: Records
  /** The log's key, and those before it. */
  readonly verifiers: readonly NoteVerifier[]
  /** What only this kind of ledger has: segments, or tables. */
  readonly inspect: (checkpoint: Checkpoint | null) => AsyncIterable<Finding>
  /** Delete what is surplus. */
  readonly mend: boolean
  readonly onProgress?: (entries: number, of: number) => void
}

export interface FsckReport {
  /** Nothing is wrong. */
  readonly ok: boolean
  readonly place: string
  readonly size: number
  readonly bodies: AuditReport['bodies']
  readonly findings: readonly Finding[]
  /** Files that were deleted. */
  readonly deleted: number
}

/**
 * Looks through everything that a ledger keeps: computes tiles and root anew from the entries, holds bodies against their commitments,
 * and finds what is missing, left over or contradicts itself. Changes nothing but what `mend` deletes.
 *
 * @throws when something can't be read at all: a database or storage that is away
 */
export async function fsck(options: FsckOptions): Promise<FsckReport> {
  const { tiles, mend } = options
  const findings: Finding[] = []
  const checkpoint = await readCheckpoint(options, findings)
  const bodies = checkpoint === null ? null : await audit(options, checkpoint, findings)
  findings.push(...(await lookThroughFiles(tiles, checkpoint)))
  for await (const finding of options.inspect(checkpoint)) findings.push(finding)
  const surplus = mend ? findings.flatMap(({ weight, paths = [] }) => (weight === 'surplus' ? paths : [])) : []
  await tiles.remove(surplus)
  return {
    ok: findings.every(({ weight }) => weight !== 'wrong'),
    place: tiles.place,
    size: checkpoint?.size ?? 0,
    bodies,
    findings: findings.map(({ weight, words }) => ({ weight, words })),
    deleted: surplus.length,
  }
}

/** `1 tile`, `2 tiles`. */
export function several(count: number, what: string, plural = `${what}s`): string {
  return `${count} ${count === 1 ? what : plural}`
}

const wrong = (words: string): Finding => ({ weight: 'wrong', words })

async function readCheckpoint({ tiles, verifiers }: FsckOptions, findings: Finding[]): Promise<Checkpoint | null> {
  const note = await tiles.read('checkpoint')
  if (note === null) {
    findings.push(wrong('there is no checkpoint'))
    return null
  }
  try {
    const checkpoint = parseCheckpoint((await openNote(note, verifiers)).text)
    if (verifiers.some(({ name }) => name === checkpoint.origin)) return checkpoint
    findings.push(wrong(`the checkpoint is of another log: ${checkpoint.origin}`))
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    findings.push(wrong(`the checkpoint: ${error.message}`))
  }
  return null
}

async function audit(options: FsckOptions, checkpoint: Checkpoint, findings: Finding[]) {
  const { tiles: source, records: segments, onProgress } = options
  const progress = (entries: number) => onProgress?.(entries, checkpoint.size)
  const run = (withBodies: boolean) =>
    auditLedger({ source, checkpoint, segments: withBodies ? segments : null, onProgress: progress, prefetch: 16 })
  try {
    return (await run(true)).bodies
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    findings.push(wrong(error.message))
    if (error.code !== 'COMMITMENT') return null
  }
  // One damaged body says nothing about the public files: whoever verifies the log sees only those.
  try {
    await run(false)
    findings.push({ weight: 'note', words: 'the public files are whole: entries, tiles and root agree' })
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    findings.push(wrong(error.message))
  }
  return null
}

async function lookThroughFiles(tiles: TileStore, checkpoint: Checkpoint | null): Promise<Finding[]> {
  const size = checkpoint?.size ?? 0
  const needed = new Set(edgeOf(size))
  const surplus: string[] = []
  const strange: string[] = []
  let ahead = 0
  for await (const path of tiles.list()) {
    needed.delete(path)
    const tile = parseTilePath(path)
    if (tile === null) {
      if (!isPublicPath(path)) strange.push(path)
      continue
    }
    const level = tile.level === 'entries' ? 0 : tile.level
    const width = tileWidth(level, tile.index, size)
    if (tile.width > width) ahead++
    else if (tile.width < TILE_WIDTH && width === TILE_WIDTH) surplus.push(path)
  }
  const findings: Finding[] = []
  // Where a partial tile is gone its full one must stand; the audit has found what is missing altogether.
  if (needed.size > 0) findings.push(wrong(`missing at the right edge: ${[...needed].join(', ')}`))
  if (surplus.length > 0)
    findings.push({
      weight: 'surplus',
      words: `${several(surplus.length, 'partial tile')} whose full tile stands`,
      paths: surplus,
    })
  if (ahead > 0)
    findings.push({
      weight: 'note',
      words: `${several(ahead, 'tile')} ahead of the checkpoint: it was being published, or is to be`,
    })
  if (strange.length > 0)
    findings.push({
      weight: 'note',
      words: `${several(strange.length, 'file')} that is none of the log's, such as ${strange[0]}`,
    })
  return findings
}

/** Partial tiles and bundle that a log of this size has. */
function edgeOf(size: number): string[] {
  const paths = partialTiles(size).map(tilePath)
  const width = size % TILE_WIDTH
  if (width > 0) paths.push(tilePath({ level: 'entries', index: Math.floor(size / TILE_WIDTH), width }))
  return paths
}
