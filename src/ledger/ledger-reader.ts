import { AppError } from '../base/errors.ts'
import { isEvent } from './event-fault.ts'
import { folderSource } from './folder-source.ts'
import type { Recorded } from './recent.ts'
import type { StoredRecord } from './record.ts'
import type { LedgerEntry, LedgerEvent } from './schema.ts'
import { isIntact, type Segments } from './segments.ts'
import {
  type Disclosure,
  leafHash,
  makeDisclosure,
  parseCheckpoint,
  parseNote,
  TileReader,
  TlogError,
  verifyInclusion,
} from './tlog/index.ts'

export const MAX_PAGE = 1000

/** Reads entries and makes proofs from a ledger folder, beside the server or without it. */
export class LedgerReader {
  readonly #publicDir: string
  readonly #segments: Segments

  constructor(publicDir: string, segments: Segments) {
    this.#publicDir = publicDir
    this.#segments = segments
  }

  /** @param size Entries that may be read. @throws {AppError} LEDGER_ENTRY_NOT_FOUND, VERIFICATION_FAILED */
  async entry(position: number, size: number): Promise<LedgerEntry> {
    return toEntry(await this.#record(position, size))
  }

  async entries(from: number, limit: number, size: number): Promise<LedgerEntry[]> {
    const entries: LedgerEntry[] = []
    const end = Math.min(size, from + Math.min(limit, MAX_PAGE))
    if (!Number.isSafeInteger(from) || from < 0 || !(from < end)) return entries
    for await (const page of this.#segments.pages(from, end)) entries.push(...page.map(toEntry))
    return entries
  }

  /** As `entries`, without what only proofs and people ask for. @throws {AppError} VERIFICATION_FAILED */
  async events(from: number, limit: number, size: number): Promise<Recorded[]> {
    const events: Recorded[] = []
    const end = Math.min(size, from + Math.min(limit, MAX_PAGE))
    if (!Number.isSafeInteger(from) || from < 0 || !(from < end)) return events
    for await (const page of this.#segments.pages(from, end)) for (const record of page) events.push(toRecorded(record))
    return events
  }

  /** The newest entry below `size` with this event id. */
  async find(eventId: string, size: number): Promise<LedgerEntry | null> {
    await this.#segments.refresh()
    const needle = Buffer.from(`"id":${JSON.stringify(eventId)}`)
    for (const first of this.#segments.firsts.toReversed()) {
      let found: LedgerEntry | null = null
      for await (const page of this.#segments.segmentPages(first)) {
        for (const record of page) {
          // The needle also stands in other objects of an event (actor, subject): the parsed event decides.
          if (record.position >= size || record.erased || !record.body.includes(needle)) continue
          const entry = toEntry(record)
          if (entry.event?.id === eventId) found = entry
        }
      }
      if (found !== null) return found
    }
    return null
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
      const inclusion = await new TileReader(folderSource(this.#publicDir), size).inclusionProof(position)
      // A damaged tile is found here, not by whoever is handed the proof.
      verifyInclusion(leafHash(record.commitment), position, size, inclusion, root)
      return makeDisclosure({ origin, position, event, salt: record.salt, inclusion, checkpoint: note })
    } catch (cause) {
      if (!(cause instanceof TlogError)) throw cause
      throw new AppError('VERIFICATION_FAILED', `the tiles give no proof: ${cause.message}`, { cause })
    }
  }

  async #record(position: number, size: number): Promise<StoredRecord> {
    const inRange = Number.isSafeInteger(position) && position >= 0 && position < size
    const record = inRange ? await this.#segments.read(position) : null
    if (record === null) throw new AppError('LEDGER_ENTRY_NOT_FOUND', `no ledger entry at position ${position}`)
    return record
  }
}

function toRecorded(record: StoredRecord): Recorded {
  if (!isIntact(record)) throw notCommitted(record.position)
  return { position: record.position, event: record.erased ? null : readEvent(record) }
}

/** @throws {AppError} VERIFICATION_FAILED when the stored body is not the one committed to. */
export function toEntry(record: StoredRecord): LedgerEntry {
  if (!isIntact(record)) throw notCommitted(record.position)
  return {
    position: record.position,
    recordedAt: new Date(record.timeMs).toISOString(),
    leafHash: leafHash(record.commitment).toString('hex'),
    event: record.erased ? null : readEvent(record),
  }
}

/** What is committed to was checked when it was appended: a look at its envelope does, where the schema would cost ten times as much. */
function readEvent({ position, body }: StoredRecord): LedgerEvent {
  const event: unknown = JSON.parse(body.toString('utf8'))
  if (isEvent(event)) return event
  throw new AppError('VERIFICATION_FAILED', `the body of ledger entry ${position} is not an event`)
}

function notCommitted(position: number): AppError {
  return new AppError('VERIFICATION_FAILED', `the body of ledger entry ${position} does not match its commitment`)
}
