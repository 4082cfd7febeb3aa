import type { Clock } from '../../base/clock.ts'
import type { EnforcementConfig } from '../../base/enforcement-config.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Db, DbHandle } from '../../db/index.ts'
import type { Actor } from '../../ledger/index.ts'
import type { EnforcementJournal } from './journal.ts'
import { ACTION, STRIKE } from './records.ts'
import type { EnforcementAction } from './schema.ts'
import type { Standings } from './standings.ts'
import { readSince } from './store.ts'

/** Something that people should hear of at once, by identifiers. */
export interface EnforcementNotice {
  readonly kind: string
  readonly id: string
  readonly at: string
}

/** What the parts of the room share. */
export interface EnforcementContext {
  readonly db: DbHandle
  readonly journal: EnforcementJournal
  readonly standings: Standings
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly settings: EnforcementConfig
  /** Must not throw. */
  readonly notify: (notice: EnforcementNotice) => void
  /** Called with actions that are new or changed, whoever changed them; must not throw. */
  readonly changed: (actions: readonly EnforcementAction[]) => void
}

export const SYSTEM: Actor = { type: 'system', id: 'enforcement' }

/** Reads what was changed here or elsewhere into memory. `db` is the one connection where one is held. */
export async function refresh({ standings, clock, changed }: EnforcementContext, db: Db): Promise<void> {
  const snapshot = await readSince(db, standings.version, new Date(clock.now()))
  if (snapshot === null) return
  const strikes = []
  const actions = []
  for (const { kind, body } of snapshot.rows) {
    if (kind === STRIKE.kind) strikes.push(STRIKE.schema.parse(JSON.parse(body)))
    else actions.push(ACTION.schema.parse(JSON.parse(body)))
  }
  const news = standings.take(snapshot.version, strikes, actions)
  if (news !== null && news.length > 0) changed(news)
}

export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `there is no such ${what}`)
}
