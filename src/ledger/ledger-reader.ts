import { AppError } from '../base/errors.ts'
import { isEvent } from './event-fault.ts'
import { type Recorded, recordedEvent } from './recent.ts'
import { isIntact, type LedgerRecord, type Records } from './record.ts'
import type { LedgerEntry, LedgerEvent } from './schema.ts'
import {
  type Disclosure,
  type LogSource,
  leafHash,
  makeDisclosure,
  parseCheckpoint,
  parseNote,
  TileReader,
  TlogError,
  verifyInclusion,
} from './tlog/index.ts'

export const MAX_PAGE = 1000

/** Reads entries and makes proofs from what a ledger keeps, beside the server or without it. */
export class LedgerReader {
  readonly #tiles: LogSource
  readonly #records: Records

  constructor(tiles: LogSource, records: Records) {
    this.#tiles = tiles
    this.#records = records
  }

  /** @param size Entries that may be read. @throws {AppError} LEDGER_ENTRY_NOT_FOUND, VERIFICATION_FAILED */
  async entry(position: number, size: number): Promise<LedgerEntry> {
    return toEntry(await this.#record(position, size))
  }

  async entries(from: number, limit: number, size: number): Promise<LedgerEntry[]> {
    const entries: LedgerEntry[] = []
    const end = Math.min(size, from + Math.min(limit, MAX_PAGE))
    if (!Number.isSafeInteger(from) || from < 0 || !(from < end)) return entries
    for await (const page of this.#records.pages(from, end)) entries.push(...page.map(toEntry))
    return entries
  }

  /** As `entries`, without what only proofs and people ask for. @throws {AppError} VERIFICATION_FAILED */
  async events(from: number, limit: number, size: number): Promise<Recorded[]> {
    const events: Recorded[] = []
    const end = Math.min(size, from + Math.min(limit, MAX_PAGE))
    if (!Number.isSafeInteger(from) || from < 0 || !(from < end)) return events
    for await (const page of this.#records.pages(from, end)) for (const record of page) events.push(toRecorded(record))
    return events
  }

  /** The newest entry below `size` with this event id. */
  async find(eventId: string, size: number): Promise<LedgerEntry | null> {
    const record = await this.#records.find(eventId, size)
    return record === null ? null : toEntry(record)
  }

  /** @param note A checkpoint that covers `position`. @throws {AppError} LEDGER_ENTRY_NOT_FOUND, VERIFICATION_FAILED */
  async proof(position: number, note: string): Promise<Disclosure> {
    const { origin, size, root } = parseCheckpoint(parseNote(note).text)
    const record = await this.#record(position, size)
    if (!isIntact(record)) throw notCommitted(record.position)
    if (record.erased)
      throw new AppError(
        'LEDGER_ENTRY_NOT_FOUND',
        `the body of ledger entry ${position} was erased: nothing is left to prove`,
      )
    // As it was recorded, not as the schema of today reads it: the commitment is over exactly this.
    const event: unknown = JSON.parse(record.body.toString('utf8'))
    try {
      const inclusion = await new TileReader(this.#tiles, size).inclusionProof(position)
      // A damaged tile is found here, not by whoever is handed the proof.
      verifyInclusion(leafHash(record.commitment), position, size, inclusion, root)
      return makeDisclosure({ origin, position, event, salt: record.salt, inclusion, checkpoint: note })
    } catch (cause) {
      if (!(cause instanceof TlogError)) throw cause
      throw new AppError('VERIFICATION_FAILED', `the tiles give no proof: ${cause.message}`, { cause })
    }
  }

  async #record(position: number, size: number): Promise<LedgerRecord> {
    const inRange = Number.isSafeInteger(position) && position >= 0 && position < size
    const record = inRange ? await this.#records.read(position) : null
    if (record === null) throw new AppError('LEDGER_ENTRY_NOT_FOUND', `no ledger entry at position ${position}`)
    return record
  }
}

function toRecorded(record: LedgerRecord): Recorded {
  if (!isIntact(record)) throw notCommitted(record.position)
  return recordedEvent(record.position, record.erased ? null : readEvent(record))
}

/** @throws {AppError} VERIFICATION_FAILED when the stored body is not the one committed to. */
export function toEntry(record: LedgerRecord): LedgerEntry {
  if (!isIntact(record)) throw notCommitted(record.position)
  return {
    position: record.position,
    recordedAt: new Date(record.timeMs).toISOString(),
    leafHash: Buffer.from(leafHash(record.commitment)).toString('hex'),
    event: record.erased ? null : readEvent(record),
  }
}

/** What is committed to was checked when it was appended: a look at its envelope does, where the schema would cost ten times as much. */
function readEvent({ position, body }: LedgerRecord): LedgerEvent {
  const event: unknown = JSON.parse(body.toString('utf8'))
  if (isEvent(event)) return event
  throw new AppError('VERIFICATION_FAILED', `the body of ledger entry ${position} is not an event`)
}

function notCommitted(position: number): AppError {
  return new AppError('VERIFICATION_FAILED', `the body of ledger entry ${position} does not match its commitment`)
}
