import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Db } from '../../db/index.ts'
import type { WeightsJournal } from '../records/index.ts'
import type { VaultConfig } from './config.ts'
import type { SegmentEngine } from './floe/index.ts'
import type { ModelKeys } from './model-keys.ts'
import type { WeightStore } from './stores/store.ts'

/** What the parts of the vault share. */
export interface VaultContext {
  readonly db: Db
  readonly journal: WeightsJournal
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: VaultConfig
  readonly store: WeightStore
  readonly keys: ModelKeys
  /** Where segments are encrypted and decrypted. */
  readonly engine: SegmentEngine
}
