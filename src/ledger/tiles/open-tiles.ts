import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { LedgerConfig } from '../../base/ledger-config.ts'
import { openFolderTiles } from './folder-tiles.ts'
import type { TileHooks, TileStore } from './tile-store.ts'

/**
 * Opens the place of a shared ledger's public files.
 *
 * @param hooks of the one who publishes
 * @throws {AppError} CONFIG_INVALID
 */
export async function openTiles(
  { folder, s3 }: LedgerConfig['tiles'],
  ids: Ids,
  hooks: TileHooks = {},
): Promise<TileStore> {
  if (folder !== undefined) return await openFolderTiles(folder, ids, hooks)
  if (s3 === undefined) throw new AppError('CONFIG_INVALID', 'ledger.tiles names no place')
  // Only who keeps tiles there loads the SDK.
  const { openS3Tiles } = await import('./s3-tiles.ts')
  return await openS3Tiles(s3, hooks)
}
