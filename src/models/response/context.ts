import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { Role } from '../../staff/index.ts'
import type { ModelsJournal } from '../records/index.ts'
import type { Registry } from '../registry/index.ts'
import type { Board } from './board.ts'
import type { ResponseConfig } from './config.ts'

/** What the parts of the room share. */
export interface ResponseContext {
  readonly db: DbHandle
  readonly journal: ModelsJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly registry: Registry
  readonly board: Board
  readonly config: ResponseConfig
  /** Names of the models that the gateway serves. */
  readonly served: () => readonly string[]
  /** Whether a second judge is configured, that safeguards could put beside the classifier. */
  readonly hasJudge: boolean
  /** How many people hold one of these roles; absent = nobody can say. */
  readonly candidates?: ((roles: readonly Role[]) => Promise<number>) | undefined
  /** Which vault obeys locks, in words; null or absent = none. */
  readonly vault?: (() => string | null) | undefined
}

export const SYSTEM: Actor = { type: 'system', id: 'response' }

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no such ${what}`)
}

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}
