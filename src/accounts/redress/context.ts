import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { RedressConfig } from '../../base/redress-config.ts'
import type { DbHandle } from '../../db/index.ts'
import type { RedressJournal } from './journal.ts'
import type { DecisionSource, EnforcementPort, PeoplePort, PolicySource } from './ports.ts'
import type { RedressTexts } from './texts.ts'

/** What somebody should hear of, by identifiers alone; whoever sends messages looks up the rest. */
export interface RedressNotice {
  readonly kind: string
  readonly id: string
  readonly at: string
  /** Whom it concerns, where it is one customer; else every one. */
  readonly organisationId?: string | undefined
}

/** What the parts of the room share. */
export interface RedressContext {
  readonly db: DbHandle
  readonly journal: RedressJournal
  readonly texts: RedressTexts
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: RedressConfig
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  readonly decisions: DecisionSource
  readonly policies: PolicySource
  readonly enforcement: EnforcementPort
  readonly people: PeoplePort
  /** Must not throw. */
  readonly notify: (notice: RedressNotice) => void
}

export const DAY_MS = 86_400_000

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no such ${what}`)
}

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}
