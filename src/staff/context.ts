import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import type { Actor } from '../ledger/index.ts'
import type { StaffConfig, StaffSecrets } from './config.ts'
import type { Courseware } from './courses/catalogue.ts'
import type { StaffJournal } from './journal.ts'

/** What the parts of the room share. */
export interface StaffContext {
  readonly db: DbHandle
  readonly journal: StaffJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: StaffConfig
  readonly secrets: StaffSecrets
  /** Read when somebody first asks: most commands never do. */
  readonly courseware: () => Courseware
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  /** The name of the installation, as it stands in what people sign. */
  readonly installation: string
  /** Called for what everybody should hear of at once; must not throw. */
  readonly notify: (notice: Notice) => void
}

/** Something loud: a recovery was started, a key was cloned, a bootstrap began. By identifiers, for whoever sends messages. */
export interface Notice {
  readonly kind: string
  readonly id: string
  readonly at: string
}

export const DAY_MS = 86_400_000

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

export function unauthenticated(message: string): AppError {
  return new AppError('UNAUTHENTICATED', message)
}
