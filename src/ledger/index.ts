export { eventStream } from './event-stream.ts'
export { folderSource, isPublicPath } from './folder-source.ts'
export { type FrozenFile, frozenFiles, verifyFrozen } from './frozen-files.ts'
export { type Finding, type FsckReport, fsck } from './fsck.ts'
export { localFsckPlace, sharedFsckPlace } from './fsck-places.ts'
export { type ImportReport, importLedger } from './import-ledger.ts'
export { kindFits } from './kinds.ts'
export { KnownLogs } from './known-logs.ts'
export type { AppendListener, EventLog, Ledger, LedgerHealth, SequencerHealth } from './ledger.ts'
export { LedgerReader, MAX_PAGE } from './ledger-reader.ts'
export { LocalLedger, type LocalLedgerOptions } from './local-ledger.ts'
export { type Recorded, recordedEvent } from './recent.ts'
export { type RotateKeyReport, rotateLocalKey, rotateSharedKey } from './rotate-key.ts'
export { Actor, type EventData, type EventValue, LedgerEntry, LedgerEvent } from './schema.ts'
export { Segments } from './segments.ts'
export { SharedLedger, type SharedLedgerOptions, sharedLogExists } from './shared/shared-ledger.ts'
export { openSharedPlace } from './shared/shared-place.ts'
export { openFileSigner, type Signer } from './signer.ts'
export { openTiles } from './tiles/open-tiles.ts'
export type { TileHooks, TileStore } from './tiles/tile-store.ts'
export * from './tlog/index.ts'
export {
  type LedgerPlace,
  openPlace,
  parseGivenKey,
  readNote,
  readWitnessedNote,
  type VerifyLedgerReport,
  verifyLedger,
  WITNESSED_FILE,
  type WitnessReport,
} from './verify-ledger.ts'
export { type TailReport, verifyTail } from './verify-tail.ts'
