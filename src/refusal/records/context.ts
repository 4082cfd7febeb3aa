import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { EvidenceLimits } from '../evaluation/index.ts'
import type { RefusalJournal } from './journal.ts'

/** What the room goes by. */
export interface RecordsConfig {
  /** That rows are kept; figures stay. */
  readonly retentionDays: number
  /** What the gate of deployments asks of an evaluation. */
  readonly evaluation: EvidenceLimits
}

/** What the parts of the room share. */
export interface RecordsContext {
  readonly db: DbHandle
  readonly journal: RefusalJournal
  /** 32 bytes, for AES-256-GCM of rows. */
  readonly rowKey: Uint8Array
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: RecordsConfig
  /** Whether a checkpoint is recorded: what names another one would never count for anything. */
  readonly knowsCheckpoint: (id: string) => Promise<boolean>
}

export const SYSTEM: Actor = { type: 'system', id: 'refusal' }
export const DAY_MS = 86_400_000

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no such ${what}`)
}
