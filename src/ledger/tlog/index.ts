export { canonicalJson } from './canonical-json.ts'
export { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
export { COMMITMENT_DOMAIN, commitment, SALT_SIZE } from './commitment.ts'
export { type Disclosure, makeDisclosure, parseDisclosure, verifyDisclosure } from './disclosure.ts'
export { TlogError, type TlogErrorCode } from './error.ts'
export { EMPTY_ROOT, HASH_SIZE, leafHash, nodeHash, sameHash, sha256 } from './hash.ts'
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
export { type NoteSignature, openNote, parseNote, signNote, type UnverifiedNote } from './note.ts'
export { verifyConsistency, verifyInclusion } from './proof.ts'
export { compactRange, consistencyRanges, inclusionRanges, type LeafRange, type Subtree } from './range.ts'
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
export { type OnFullTile, TreeBuilder } from './tree-builder.ts'
export { type KnownHead, type VerifyLogOptions, verifyLog } from './verify-log.ts'
