export {
  type AddCheckpoint,
  formatAddCheckpoint,
  MAX_ADD_CHECKPOINT_BYTES,
  parseAddCheckpoint,
  parseTreeSize,
  TREE_SIZE_TYPE,
} from './add-checkpoint.ts'
export { canonicalJson } from './canonical-json.ts'
export { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
export { COMMITMENT_DOMAIN, commitment, SALT_SIZE } from './commitment.ts'
export {
  type Cosignature,
  type Cosigner,
  type CosignerVerifier,
  formatCosignerSkey,
  parseCosignerSkey,
  parseCosignerVkey,
  readCosignatures,
} from './cosignature.ts'
export {
  checkDisclosure,
  type Disclosure,
  makeDisclosure,
  parseDisclosure,
  parseProofFile,
  toTlogProof,
  verifyDisclosure,
} from './disclosure.ts'
export { TlogError, type TlogErrorCode } from './error.ts'
export { EMPTY_ROOT, HASH_SIZE, leafHash, nodeHash, sameHash } from './hash.ts'
export {
  formatSkey,
  formatVkey,
  isKeyName,
  type NoteSigner,
  type NoteVerifier,
  parseSkey,
  parseVkey,
  publicKeyOf,
} from './key.ts'
export {
  contradiction,
  type Misbehaviour,
  makeMisbehaviour,
  misbehaviourBetween,
  type ProvenMisbehaviour,
  parseMisbehaviour,
  verifyMisbehaviour,
} from './misbehaviour.ts'
export {
  type NoteSignature,
  openNote,
  parseNote,
  parseSignatureLines,
  signatureLine,
  signNote,
  type UnverifiedNote,
} from './note.ts'
export { verifyConsistency, verifyInclusion } from './proof.ts'
export { compactRange, consistencyRanges, inclusionRanges, type LeafRange, type Subtree } from './range.ts'
export { sha256 } from './sha256.ts'
export {
  followKeys,
  openSuccession,
  type Succession,
  signSuccession,
  successionPath,
  vkeyHandedOver,
} from './succession.ts'
export {
  formatBundle,
  MAX_BUNDLE_BYTES,
  parseBundle,
  parseTile,
  parseTilePath,
  partialTiles,
  TILE_BYTES,
  TILE_WIDTH,
  type TileId,
  tilePath,
  tileWidth,
} from './tile.ts'
export { type LogSource, TileReader } from './tile-reader.ts'
export { checkTlogProof, formatTlogProof, parseTlogProof, type TlogProof } from './tlog-proof.ts'
export { type OnFullTile, TreeBuilder } from './tree-builder.ts'
export {
  describeCosigners,
  formatTrustPolicy,
  meetsQuorum,
  openWitnessed,
  type PolicyGroup,
  type PolicyLog,
  type PolicyWitness,
  parseTrustPolicy,
  readWitnessed,
  type TrustPolicy,
  type WitnessedCheckpoint,
} from './trust-policy.ts'
export { type KnownHead, type VerifyLogOptions, verifyLog } from './verify-log.ts'
