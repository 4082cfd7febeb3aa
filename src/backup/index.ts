export { type BackupSources, createBackup } from './create.ts'
export {
  canaryProof,
  DRILL_FORMAT,
  DRILL_PARTS,
  DrillAnswer,
  DrillChallenge,
  type DrillPart,
  type DrillPiece,
  DrillReport,
  drillText,
  fileProof,
  ROOT_KEY_FILE,
  solveDrill,
} from './drill.ts'
export { type KeySecret, type Keys, openKeys, readKeys, sealKeys } from './keys.ts'
export { Manifest } from './manifest.ts'
export { type BackupReport, verifyBackup } from './read.ts'
export { Restoration } from './restoration.ts'
export { type RestoreReport, restoreBackup } from './restore.ts'
