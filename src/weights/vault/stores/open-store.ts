import type { Ids } from '../../../base/ids.ts'
import type { VaultConfig } from '../config.ts'
import { LocalStore } from './local-store.ts'
import type { WeightStore } from './store.ts'

/** @param folder of the local store, where the configuration names none. Nothing is touched before it is used. */
export async function openStore(config: VaultConfig['store'], folder: string, ids: Ids): Promise<WeightStore> {
  if (config.type === 'local') return new LocalStore(config.folder ?? folder, ids)
  // Only who keeps weights there loads the SDK.
  const { S3Store } = await import('./s3-store.ts')
  return new S3Store(config)
}
