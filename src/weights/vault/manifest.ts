import { createHash } from 'node:crypto'
import { canonicalJson } from '../../ledger/index.ts'
import { comparePaths } from './formats/index.ts'

export interface ManifestFile {
  readonly path: string
  readonly sizeBytes: number
  /** Of the plaintext, hex. */
  readonly sha256: string
}

/**
 * What people approve when they approve a version: every file with its size and digest.
 *
 * @param files in any order; canaries are none of them
 * @returns RFC 8785 canonical JSON, its files in the order of signatures
 */
export function manifestOf(model: string, version: string, files: readonly ManifestFile[]): string {
  const sorted = files.toSorted((a, b) => comparePaths(a.path, b.path))
  const listed = sorted.map(({ path, sizeBytes, sha256 }) => ({ path, sizeBytes, sha256 }))
  return canonicalJson({ format: 'safelevel-vault-manifest/v1', model, version, files: listed })
}

/** @returns SHA-256 of the manifest, hex */
export function manifestDigest(model: string, version: string, files: readonly ManifestFile[]): string {
  return createHash('sha256')
    .update(manifestOf(model, version, files))
    .digest('hex')
}
