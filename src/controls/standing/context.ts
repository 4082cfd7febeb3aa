import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { Actor, Ledger } from '../../ledger/index.ts'
import type { Catalogue } from '../catalogue/index.ts'
import type { ControlsJournal } from './records.ts'

/** The ledger as this room follows it. */
export type FollowedLedger = Pick<Ledger, 'append' | 'origin' | 'size' | 'refresh' | 'recorded' | 'entry'>

/** Which controls the organisation answers for. */
export interface ControlsConfig {
  readonly profile: string
  /** On top of it. */
  readonly overlays: readonly string[]
}

/** What the parts of the room share. */
export interface ControlsContext {
  readonly db: DbHandle
  readonly ledger: FollowedLedger
  readonly journal: ControlsJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Read at first use: a process that only keeps accounts needs none. */
  readonly catalogue: () => Catalogue
  /** Reads it in small steps, before what needs no answer at once. */
  readonly prepare?: () => Promise<void>
}

export const SYSTEM: Actor = { type: 'system', id: 'controls' }
export const DAY_MS = 86_400_000
