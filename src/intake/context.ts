import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { IntakeConfig } from '../base/intake-config.ts'
import type { Log } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import type { SealedTexts } from '../journal/index.ts'
import type { Actor } from '../ledger/index.ts'
import type { IntakeJournal } from './journal.ts'
import type { AgeIdentity } from './reports/age.ts'

/** A recorded decision, as far as a flag needs it. */
export interface FlaggedDecision {
  /** Whose it is, by id. */
  readonly organisation: string | null
  readonly model: string | null
  readonly surface: string | null
}

/** The recorded decisions, by id. */
export interface DecisionPort {
  find(id: string): Promise<FlaggedDecision | null>
}

/** What the parts of the room share. */
export interface IntakeContext {
  readonly db: DbHandle
  readonly journal: IntakeJournal
  /**
   * What people wrote, by record and part. Of a report: `story`, `steps`, `output`, `contact`, `credit`, `message/0001` …,
   * `file-name/ID`; whatever else stands under a report's id goes when its words are erased.
   */
  readonly texts: SealedTexts<string>
  /** 32 bytes, for AES-256-GCM of files. */
  readonly fileKey: Uint8Array
  /** 32 bytes, for HMACs, each under a name of its own. */
  readonly macKey: Uint8Array
  /** Under which people encrypt what they send. */
  readonly ageIdentity: AgeIdentity
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: IntakeConfig
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  readonly decisions: DecisionPort
  /** Keyed MinHash of a report's words; null while nothing compares them. */
  readonly signatureOf: (text: string) => string | null
}

export const SYSTEM: Actor = { type: 'system', id: 'intake' }
export const ANONYMOUS: Actor = { type: 'anonymous', id: '-' }
export const DAY_MS = 86_400_000

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no such ${what}`)
}

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}
