import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor, EventLog } from '../../ledger/index.ts'
import type { Approvals } from '../../staff/index.ts'
import type { WeightsJournal } from '../records/index.ts'
import type { Board } from './board.ts'
import type { AccessConfig } from './config.ts'
import type { PeoplePort, VaultPort } from './ports.ts'

export interface AccessDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: AccessConfig
  readonly vault: VaultPort
  readonly people: PeoplePort
  readonly approvals: Pick<Approvals, 'request' | 'get'>
  /** Whether what the policy prescribes for a model has locked its weights. */
  readonly lockedByResponse: (model: string) => Promise<boolean>
}

/** What the parts of the room share. Whatever they record goes through the journal. */
export interface AccessContext extends Omit<AccessDeps, 'ledger'> {
  readonly journal: WeightsJournal
  /** What holds now, in memory. */
  readonly board: Board
  /** Brings the memory up to what is in the store. */
  readonly refresh: () => Promise<void>
}

export const SYSTEM: Actor = { type: 'system', id: 'weights' }
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Whose hands weights may be in. */
export const OPENERS = ['security_engineer'] as const

export function staffActor(personId: string): Actor {
  return { type: 'staff', id: personId }
}

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no such ${what}`)
}

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}

export function forbidden(message: string): AppError {
  return new AppError('FORBIDDEN', message)
}

export function invalid(message: string): AppError {
  return new AppError('REQUEST_INVALID', message)
}
