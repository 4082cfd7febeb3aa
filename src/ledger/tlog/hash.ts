import { sameBytes } from './bytes.ts'
import { scratch, sha256, sha256Into } from './sha256.ts'

/** Bytes of a SHA-256 hash. */
export const HASH_SIZE = 32

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT: Uint8Array = sha256('')

// Inputs are assembled in place: hashing is synchronous, so one scratch buffer serves all calls.
const leafScratch = new Uint8Array(1 + HASH_SIZE)
const nodeScratch = new Uint8Array(1 + 2 * HASH_SIZE)
nodeScratch[0] = 0x01

/**
 * Hash of one leaf.
 *
 * @returns 32 bytes: SHA-256(0x00 ‖ data).
 * @see RFC 6962 §2.1: the 0x00 prefix keeps leaves and inner nodes (0x01) apart.
 */
export function leafHash(data: Uint8Array): Uint8Array<ArrayBuffer> {
  if (data.length === HASH_SIZE) {
    leafScratch.set(data, 1)
    return sha256(leafScratch)
  }
  const prefixed = new Uint8Array(1 + data.length)
  prefixed.set(data, 1)
  return sha256(prefixed)
}

/**
 * Hash of an inner node.
 *
 * @param left, right 32 bytes each.
 * @returns 32 bytes: SHA-256(0x01 ‖ left ‖ right).
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  nodeScratch.set(left, 1)
  nodeScratch.set(right, 1 + HASH_SIZE)
  return sha256(nodeScratch)
}

/**
 * Root over `count` consecutive hashes, `count` a power of two.
 *
 * @param hashes 32-byte hashes side by side; `start` and `count` are in hashes.
 */
export function perfectRoot(hashes: Uint8Array, start: number, count: number): Uint8Array<ArrayBuffer> {
  const row = scratch(hashes.subarray(start * HASH_SIZE, (start + count) * HASH_SIZE))
  for (let width = count; width > 1; width /= 2) {
    for (let i = 0; i < width; i += 2) {
      nodeScratch.set(row.subarray(i * HASH_SIZE, (i + 2) * HASH_SIZE), 1)
      sha256Into(nodeScratch, row, (i / 2) * HASH_SIZE)
    }
  }
  return row.subarray(0, HASH_SIZE)
}

/** Joins the roots of neighbouring perfect subtrees, largest first, into the root of the whole. */
export function foldRoots(roots: readonly Uint8Array[]): Uint8Array {
  let root = roots.at(-1) ?? EMPTY_ROOT
  for (let i = roots.length - 2; i >= 0; i--) root = nodeHash(roots[i] ?? EMPTY_ROOT, root)
  return root
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return sameBytes(a, b)
}
