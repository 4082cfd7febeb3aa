import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { PgSession } from '../db/index.ts'
import { isEvent } from './event-fault.ts'
import { LocalLedger } from './local-ledger.ts'
import { Publisher } from './publisher.ts'
import { isIntact, type LedgerRecord } from './record.ts'
import { Segments } from './segments.ts'
import { finishImport, importedSoFar, importRecords, type NamedRecord } from './shared/import-store.ts'
import { readHead } from './shared/store.ts'
import type { Signer } from './signer.ts'
import type { TileStore } from './tiles/tile-store.ts'
import { parseCheckpoint, parseNote, sameHash, TreeBuilder } from './tlog/index.ts'

const READ_MS = 10_000

export interface ImportOptions {
  /** The ledger folder of the process that kept it; nobody else has it open. */
  readonly dir: string
  readonly signer: Signer
  /** The database, its tables up to date. */
  readonly url: string
  readonly tiles: TileStore
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly onProgress?: (entries: number, of: number) => void
}

export interface ImportReport {
  readonly origin: string
  readonly size: number
  /** Entries that an earlier run had carried over. */
  readonly resumedAt: number
}

/**
 * Carries the log of one process over into the ledger that replicas share: same entries, same order, same root, same key. Cut off, it goes
 * on where it was. Replicas find the ledger once all of it is there.
 *
 * @throws {AppError} CONFLICT when the database holds a ledger or part of another; VERIFICATION_FAILED when the folder is damaged
 */
export async function importLedger(options: ImportOptions): Promise<ImportReport> {
  const { dir, signer, url, tiles, clock, ids, log } = options
  // Opening brings everything that is recorded under a checkpoint.
  const ledger = await LocalLedger.open({ dir, signer, clock, ids, log, checkpointIntervalMs: 1_000 })
  await ledger.close()
  const note = ledger.checkpoint()
  const { origin, size, root } = parseCheckpoint(parseNote(note).text)
  await using session = new PgSession({ url, log, name: 'safelevel ledger import' })
  if ((await readHead(session, READ_MS)) !== null)
    throw new AppError('CONFLICT', 'the database holds a ledger already: this one can’t be carried over into it')
  const segments = await Segments.open(join(dir, 'private'))
  const resumedAt = await resumePoint(session, segments, size)
  for await (const page of segments.pages(resumedAt, size)) {
    await importRecords(session, page.map(toNamed))
    options.onProgress?.((page.at(-1)?.position ?? 0) + 1, size)
  }
  const tree = new TreeBuilder()
  const published = { size, note }
  const publisher = new Publisher(
    { tiles, signer, checkpointIntervalMs: 1_000, onFailure: () => undefined },
    published,
    tree,
    [],
  )
  await publisher.restore(commitments(segments, size))
  if (!sameHash(tree.root(), root)) throw new AppError('VERIFICATION_FAILED', 'the entries do not lead to the root')
  await tiles.writeText('vkey', `${signer.vkey}\n`)
  await tiles.read('checkpoint')
  await tiles.replaceCheckpoint(note)
  if (!(await finishImport(session, { origin, vkey: signer.vkey, size, note })))
    throw new AppError('CONFLICT', 'another ledger was begun in the database meanwhile')
  return { origin, size, resumedAt }
}

/** Where an earlier run was cut off, provided that it was of this log. */
async function resumePoint(session: PgSession, segments: Segments, size: number): Promise<number> {
  const sofar = await importedSoFar(session)
  if (sofar.last === null) return 0
  const here = sofar.size <= size ? await segments.read(sofar.size - 1) : null
  if (here !== null && sameHash(here.commitment, sofar.last)) return sofar.size
  throw new AppError('CONFLICT', 'the database holds part of another ledger: import that one, or use an empty database')
}

function toNamed(record: LedgerRecord): NamedRecord {
  if (!isIntact(record))
    throw new AppError(
      'VERIFICATION_FAILED',
      `the body of ledger entry ${record.position} does not match its commitment`,
    )
  if (record.erased) return [`erased@${record.position}`, record]
  const event: unknown = JSON.parse(record.body.toString('utf8'))
  return [isEvent(event) ? event.id : `unreadable@${record.position}`, record]
}

async function* commitments(segments: Segments, size: number): AsyncGenerator<Uint8Array[]> {
  for await (const page of segments.pages(0, size)) yield page.map(({ commitment }) => Buffer.from(commitment))
}
