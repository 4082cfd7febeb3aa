import type { Ids } from '../../../base/ids.ts'
import type { VaultConfig } from '../config.ts'
import { LocalStore } from './local-store.ts'
import { S3Store } from './s3-store.ts'
import type { WeightStore } from './store.ts'

/** @param folder of the local store, where the configuration names none. Nothing is touched before it is used. */
export function openStore(config: VaultConfig['store'], folder: string, ids: Ids): WeightStore {
  return config.type === 'local' ? new LocalStore(config.folder ?? folder, ids) : new S3Store(config)
}
