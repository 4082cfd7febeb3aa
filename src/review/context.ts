import type { Enforcement } from '../accounts/index.ts'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Content } from '../content/index.ts'
import type { DbHandle } from '../db/index.ts'
import type { Actor } from '../ledger/index.ts'
import { type Notice, type Role, roleMay } from '../staff/index.ts'
import type { ReviewConfig } from './config.ts'
import type { Outbox } from './outbox.ts'
import type { Desk } from './schema.ts'

export const SYSTEM: Actor = { type: 'system', id: 'review' }

/** Somebody who works here, as the door has identified them. */
export interface Reviewer {
  readonly id: string
  readonly roles: ReadonlySet<Role>
}

/** The room that keeps what was said. */
export type ContentAccess = Pick<Content, 'read' | 'placeHold' | 'notes'>

/** The room that strikes and restricts. */
export type EnforcementAccess = Pick<Enforcement, 'undo' | 'strike' | 'restrict'>

/** What the parts of the room share. */
export interface ReviewContext {
  readonly db: DbHandle
  readonly outbox: Outbox
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: ReviewConfig
  readonly content: ContentAccess
  readonly enforcement: EnforcementAccess
  readonly notify: (notice: Notice) => void
}

/** Desks whose cases this person may see. Restricted ones don't exist for anybody else. */
export function visibleDesks({ roles }: Reviewer): Desk[] {
  return roleMay(roles, 'review.restricted') ? ['ordinary', 'lead', 'restricted'] : ['ordinary', 'lead']
}

/** Desks whose cases this person may decide. */
export function workingDesks({ roles }: Reviewer): Desk[] {
  const desks: Desk[] = []
  if (roleMay(roles, 'review.work')) desks.push('ordinary')
  if (roleMay(roles, 'review.escalated')) desks.push('lead')
  if (roleMay(roles, 'review.restricted')) desks.push('restricted')
  return desks
}

export function person(reviewer: Reviewer): Actor {
  return { type: 'staff', id: reviewer.id }
}

export function noSuchCase(): AppError {
  return new AppError('NOT_FOUND', 'there is no such case')
}

export function conflict(message: string): AppError {
  return new AppError('CONFLICT', message)
}

export function forbidden(message: string): AppError {
  return new AppError('FORBIDDEN', message)
}

export function iso(date: Date): string {
  return date.toISOString()
}
