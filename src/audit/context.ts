import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { DbHandle } from '../db/index.ts'
import type { Actor, Ledger } from '../ledger/index.ts'
import type { AuditJournal } from './records.ts'

/** The ledger as this room reads it. */
export type AuditedLedger = Pick<
  Ledger,
  'append' | 'checkpoint' | 'size' | 'refresh' | 'recorded' | 'entry' | 'find' | 'integrated' | 'tiles'
>

/** Controls, as far as requests are about them. */
export interface ControlsPort {
  /** The role that answers for a control. @throws {AppError} NOT_FOUND */
  owner(control: string): string
  /** How it stands now, and in which words. @throws {AppError} NOT_FOUND */
  standing(control: string): Promise<{ readonly state: string; readonly says: string }>
}

/** What the parts of the room share. */
export interface AuditContext {
  readonly db: DbHandle
  readonly ledger: AuditedLedger
  readonly journal: AuditJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly controls: ControlsPort
}

export const SYSTEM: Actor = { type: 'system', id: 'audit' }

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}
