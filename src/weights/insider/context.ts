import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { SealedTexts } from '../../journal/index.ts'
import type { Actor, Ledger } from '../../ledger/index.ts'
import type { InsiderConfig } from './config.ts'
import type { ContainmentPort, StaffPort } from './ports.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import type { InsiderJournal } from './records.ts'

/** What the room asks of the ledger. */
export type WatchedLedger = Pick<
  Ledger,
  'append' | 'origin' | 'size' | 'refresh' | 'recorded' | 'entries' | 'proof' | 'listen'
>

/** What the parts of the room share. */
export interface InsiderContext {
  readonly db: DbHandle
  readonly ledger: WatchedLedger
  readonly journal: InsiderJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: InsiderConfig
  readonly pseudonyms: Pseudonyms
  readonly texts: SealedTexts<string>
  readonly staff: StaffPort
  readonly containment: ContainmentPort
}

export const SYSTEM: Actor = { type: 'system', id: 'insider' }
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no such ${what}`)
}

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}

export function forbidden(message: string): AppError {
  return new AppError('FORBIDDEN', message)
}
