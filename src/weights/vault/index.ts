export { parseWeightsConfig, VaultConfig, type WeightsConfig } from './config.ts'
export { type DrillProof, VaultCanary, vaultProofs } from './drill.ts'
export { ERASE_ACTION, Erasure } from './erasing.ts'
export {
  checkUnchanged,
  compareFiles,
  describeModelFile,
  type FileDigest,
  findModelFiles,
  type ModelFile,
  openModelFile,
  pathProblem,
  readTensorIndex,
  type Tensor,
  type TensorIndex,
  verifyModel,
} from './formats/index.ts'
export type { FsckOptions, VaultFinding } from './fsck.ts'
export {
  type KeyProvider,
  KeyProviderConfig,
  LocalKeyProvider,
  openKeyProvider,
  type PassphraseSource,
  readPassphrase,
} from './keys/index.ts'
export { manifestDigest } from './manifest.ts'
export type { OpenFile } from './open-file.ts'
export type { DecoyFile, DecoyModel } from './planting.ts'
export type { RecoveryResult } from './recovery.ts'
export type { Rotated } from './rotation.ts'
export {
  Known,
  type KnownCopy,
  type KnownFile,
  SCAN_DEFAULTS,
  ScanFinding,
  ScanGap,
  type ScanProgress,
  ScanSummary,
  scanForWeights,
} from './scan/index.ts'
export { Name, NewUpload, Sha256, Upload, VaultFile, VaultVersion, VersionId, When } from './schema.ts'
export type { Uploads } from './uploads.ts'
export { Vault, type VaultDeps } from './vault.ts'
export type { VersionQuery, Versions } from './versions.ts'
