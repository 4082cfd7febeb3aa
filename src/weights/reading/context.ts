import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import type { EventLog } from '../../ledger/index.ts'
import type { WeightsJournal } from '../records/index.ts'
import type { AccessPort, VaultPort } from './ports.ts'

/** What the parts of the room share. */
export interface ReadingContext {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly journal: WeightsJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly vault: VaultPort
  readonly access: AccessPort
}
