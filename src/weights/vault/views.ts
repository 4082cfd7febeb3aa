import { AppError } from '../../base/errors.ts'
import { layoutOf, partsOf } from './parts.ts'
import {
  type StoredFile,
  type StoredUpload,
  type StoredVersion,
  type Upload,
  type VaultFile,
  VaultVersion,
} from './schema.ts'

/** A version without what only the vault needs. */
export function viewVersion(stored: StoredVersion): VaultVersion {
  return VaultVersion.parse(stored)
}

/** A sealed file without its key. */
export function viewFile(file: StoredFile): VaultFile {
  const { version, path, position, sizeBytes, sha256, segmentBytes, sealedAt, canary } = file
  if (sha256 === null || sealedAt === null) throw new AppError('CONFLICT', 'this file is not sealed')
  const storedBytes = layoutOf(file).ciphertextBytes
  return { version, path, position, sizeBytes, sha256, segmentBytes, storedBytes, sealedAt, canary }
}

/** @param stored parts that are in, by the file's position */
export function viewUpload(
  upload: StoredUpload,
  files: readonly StoredFile[],
  stored: ReadonlyMap<number, number[]>,
): Upload {
  const { id, model, version, state, beganAt, endsAt, by, receipt } = upload
  const seen = files.map((file) => ({
    path: file.path,
    sizeBytes: file.sizeBytes,
    partBytes: file.partBytes,
    parts: partsOf(file),
    stored: stored.get(file.position) ?? [],
  }))
  return { id, model, version, state, files: seen, beganAt, endsAt, by, receipt }
}
