import type { Recorded } from './recent.ts'
import type { LedgerEntry, LedgerEvent } from './schema.ts'
import type { Disclosure, LogSource } from './tlog/index.ts'

export interface LedgerHealth {
  /** `degraded`: records, but can't publish. `sealed`: can't record; tried again every second. */
  readonly state: 'ok' | 'degraded' | 'sealed' | 'closed'
  /** Null when ok; names the kind of failure, no path, no content. */
  readonly reason: string | null
  /** Entries that have their place; durable. */
  readonly size: number
  /** Entries under the published checkpoint. */
  readonly publishedSize: number
  /** Appends that wait to be recorded. */
  readonly queued: number
  /** Which of several replicas orders and publishes; null where one process does all. */
  readonly sequencer: SequencerHealth | null
}

export interface SequencerHealth {
  /** Whether it is this process. */
  readonly here: boolean
  /** Counts takeovers. */
  readonly epoch: number
  /** Whether some replica is at it, by the database's clock. */
  readonly held: boolean
  /** Events that were recorded already under their id and were sent again, since this process began. */
  readonly duplicates: number
}

export type AppendListener = (recorded: Recorded) => void

/** The part that rooms need which only record. Where they run on the embedded store it must not use theirs: its one connection is taken. */
export interface EventLog {
  /**
   * Records an event. Resolves once it is durable; after a rejection it is not known to be recorded. What it resolves with is nobody's
   * business: where several replicas share a ledger, the event has no position yet.
   *
   * @throws {AppError} LEDGER_UNAVAILABLE (sealed, closed, or over its bounds: see `health()`), INTERNAL (an event that
   *   canonical JSON can't carry, or over 32 KiB)
   */
  append(event: LedgerEvent): Promise<unknown>
}

/** The record of everything that matters. Appends only; what may be taken away is a body, never its entry. */
export interface Ledger extends EventLog, AsyncDisposable {
  /** Entries that have their place; durable. */
  readonly size: number
  /** Asks how many there are now: other replicas may have recorded some. @returns `size` from then on @throws when nobody answers */
  refresh(): Promise<number>

  /**
   * Records the event that a log begins with, unless it has begun. Of replicas that begin one at once, each with an event of the same id, one
   * records its own.
   *
   * @returns whether the log begins with this event
   * @throws {AppError} as `append`
   */
  begin(event: LedgerEvent): Promise<boolean>

  /** The log's name. */
  readonly origin: string
  /** The log's public key, as `--key` takes it. */
  readonly vkey: string
  /** The public files: tiles and bundles. */
  readonly tiles: LogSource

  /** The latest checkpoint, a signed note (C2SP tlog-checkpoint). Never one older than was told before. */
  checkpoint(): string

  /**
   * Tells of every event that is recorded from now on, once it has its place. A hint, not a promise: some may be passed over, so
   * who must miss nothing watches for gaps and reads those by `entries`.
   *
   * @param listener Must be quick and must not throw: the request that made the event waits for it.
   * @returns ends it
   */
  listen(listener: AppendListener): () => void

  /** @throws {AppError} LEDGER_ENTRY_NOT_FOUND */
  entry(position: number): Promise<LedgerEntry>

  /** Up to `limit` (at most 1000) entries in order from position `from`. */
  entries(from: number, limit: number): Promise<LedgerEntry[]>

  /**
   * Up to `limit` (at most 1000) events in order from position `from`, for those that follow the ledger: the latest are told from memory.
   * Ends early, or with nothing, where an event is durable whose `append` has not returned yet: ask again.
   *
   * @throws {AppError} VERIFICATION_FAILED when a stored body is not the one committed to
   */
  recorded(from: number, limit: number): Promise<readonly Recorded[]>

  /** The newest entry whose event has this id, or null. */
  find(eventId: string): Promise<LedgerEntry | null>

  /**
   * A self-contained proof of one entry; waits for the checkpoint that covers it.
   *
   * It discloses the event and its salt: give it only to who may read them.
   * @throws {AppError} LEDGER_ENTRY_NOT_FOUND, also when its body was erased
   */
  proof(position: number): Promise<Disclosure>

  /** Resolves when the entry is under a published checkpoint. @throws {AppError} LEDGER_ENTRY_NOT_FOUND */
  integrated(position: number): Promise<void>

  /**
   * Takes body and salt of an entry away for ever. The log stays valid: the commitment remains, and without the salt it can't be tested
   * against a guess. Copy-on-write disks, a database's own log and backups keep their own copies.
   *
   * @throws {AppError} LEDGER_ENTRY_NOT_FOUND, LEDGER_UNAVAILABLE
   */
  erase(position: number): Promise<void>

  health(): LedgerHealth

  /**
   * Makes what waits durable, publishes it and lets go of files and connections. A second call waits for the first.
   *
   * @throws {AppError} LEDGER_UNAVAILABLE when the last checkpoint can't be written; recorded entries are safe and are
   *   published at the next start.
   */
  close(): Promise<void>
}
