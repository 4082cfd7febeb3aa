import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { PgSession } from '../db/index.ts'
import { nodeFiles } from './files.ts'
import { type Finding, type FsckOptions, several } from './fsck.ts'
import { isIntact } from './record.ts'
import { Segments } from './segments.ts'
import { SqlRecords } from './shared/sql-records.ts'
import { inspectTables, readHead, readSuccessions } from './shared/store.ts'
import { FolderTiles } from './tiles/folder-tiles.ts'
import type { TileStore } from './tiles/tile-store.ts'
import { type Checkpoint, type NoteVerifier, parseCheckpoint, parseNote, parseVkey } from './tlog/index.ts'

type FsckPlace = Pick<FsckOptions, 'tiles' | 'records' | 'verifiers' | 'inspect'>
const READ_MS = 10_000

/** The ledger of one process, in its folder. @throws {AppError} NOT_FOUND */
export async function localFsckPlace(dir: string, vkey: string | null): Promise<FsckPlace> {
  const publicDir = join(dir, 'public')
  const tiles = new FolderTiles({ publicDir, temporaryDir: join(dir, 'temporary'), files: nodeFiles })
  const shown = await tiles.read('vkey')
  if (shown === null && vkey === null) throw new AppError('NOT_FOUND', `there is no ledger in ${dir}`)
  const segments = await Segments.open(join(dir, 'private'))
  const verifier = parseVkey(
    vkey ??
      Buffer.from(shown ?? '')
        .toString('utf8')
        .trim(),
  )
  return {
    tiles,
    records: segments,
    verifiers: [verifier],
    inspect: (checkpoint) => inspectFolder(dir, segments, checkpoint),
  }
}

async function* inspectFolder(dir: string, segments: Segments, checkpoint: Checkpoint | null): AsyncGenerator<Finding> {
  const size = checkpoint?.size ?? 0
  let unpublished = 0
  for await (const page of segments.pages(size, Number.MAX_SAFE_INTEGER)) {
    const torn = page.find((record) => !isIntact(record))
    unpublished += page.length
    if (torn !== undefined)
      yield {
        weight: 'note',
        words: `entry ${torn.position} was cut off while it was written: the next start drops it`,
      }
  }
  if (unpublished > 0)
    yield {
      weight: 'note',
      words: `${several(unpublished, 'recorded entry', 'recorded entries')} under no checkpoint yet: the next start publishes them`,
    }
  const left = await readdir(join(dir, 'temporary')).catch(() => [])
  if (left.length > 0)
    yield {
      weight: 'note',
      words: `${several(left.length, 'unfinished file')} in temporary: the next start drops them`,
    }
  const names = await readdir(join(dir, 'private')).catch(() => [])
  const erasing = names.filter((name) => name.startsWith('erasing-'))
  if (erasing.length > 0)
    yield { weight: 'note', words: `${several(erasing.length, 'erasure')} cut off: the next start finishes it` }
}

/** The ledger that replicas share. @throws {AppError} NOT_FOUND, and what connecting throws */
export async function sharedFsckPlace({
  url,
  tiles,
  log,
}: {
  url: string
  tiles: TileStore
  log: Log
}): Promise<FsckPlace> {
  const session = new PgSession({ url, log, name: 'safelevel ledger fsck', idleUnref: true })
  const head = await readHead(session, READ_MS)
  if (head === null) throw new AppError('NOT_FOUND', 'the database holds no shared ledger: start a replica first')
  const earlier = (await readSuccessions(session)).map((note) => note.split('\n')[2] ?? '')
  const verifiers: NoteVerifier[] = [head.vkey, ...earlier].map(parseVkey)
  return {
    tiles,
    records: new SqlRecords(session),
    verifiers,
    inspect: (checkpoint) => inspectDatabase(session, checkpoint),
  }
}

async function* inspectDatabase(session: PgSession, checkpoint: Checkpoint | null): AsyncGenerator<Finding> {
  const found = await inspectTables(session)
  const wrong = (words: string): Finding => ({ weight: 'wrong', words })
  const { entries, lastPosition, size, publishedSize, waiting, oldestSeconds, lost, bodiless, note, blocked } = found
  if (blocked !== null) yield wrong(`the log is stopped: ${blocked}`)
  if (entries !== size || lastPosition !== size - 1)
    yield wrong(`the head says ${size} entries, there are ${entries}, the last at position ${lastPosition}`)
  if (bodiless > 0) yield wrong(`${several(bodiless, 'entry', 'entries')} without a record`)
  if (lost > 0) yield wrong(`${several(lost, 'record')} that has no place, and does not wait for one`)
  const noted = note === null ? 0 : parseCheckpoint(parseNote(note).text).size
  if (noted !== publishedSize) yield wrong(`the head says ${publishedSize} are published, its checkpoint says ${noted}`)
  if (checkpoint !== null && checkpoint.size < publishedSize)
    yield {
      weight: 'note',
      words: `the checkpoint in the tile store is of ${checkpoint.size}, the newest of ${publishedSize}: it is being replaced, or is to be`,
    }
  if (waiting > 0)
    yield {
      weight: 'note',
      words: `${several(waiting, 'recorded event')} without a place yet, the first for ${oldestSeconds} s`,
    }
}
