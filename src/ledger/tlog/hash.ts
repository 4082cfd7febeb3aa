import { hash } from 'node:crypto'

/** Bytes of a SHA-256 hash. */
export const HASH_SIZE = 32

/** SHA-256. By way of a string, since a buffer from `hash` has memory of its own to be made and collected: half the cost. */
export function sha256(data: Uint8Array | string): Buffer {
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1')
}

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1). */
export const EMPTY_ROOT: Buffer = sha256('')

// Inputs are assembled in place: hashing is synchronous, so one scratch buffer serves all calls.
const leafScratch = Buffer.alloc(1 + HASH_SIZE)
const nodeScratch = Buffer.alloc(1 + 2 * HASH_SIZE)
nodeScratch[0] = 0x01

/**
 * Hash of one leaf.
 *
 * @returns 32 bytes: SHA-256(0x00 ‖ data).
 * @see RFC 6962 §2.1: the 0x00 prefix keeps leaves and inner nodes (0x01) apart.
 */
export function leafHash(data: Uint8Array): Buffer {
  if (data.length === HASH_SIZE) {
    leafScratch.set(data, 1)
    return sha256(leafScratch)
  }
  const prefixed = Buffer.allocUnsafe(1 + data.length)
  prefixed[0] = 0x00
  prefixed.set(data, 1)
  return sha256(prefixed)
}

/**
 * Hash of an inner node.
 *
 * @param left, right 32 bytes each.
 * @returns 32 bytes: SHA-256(0x01 ‖ left ‖ right).
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  nodeScratch.set(left, 1)
  nodeScratch.set(right, 1 + HASH_SIZE)
  return sha256(nodeScratch)
}

/**
 * Root over `count` consecutive hashes, `count` a power of two.
 *
 * @param hashes 32-byte hashes side by side; `start` and `count` are in hashes.
 */
export function perfectRoot(hashes: Uint8Array, start: number, count: number): Buffer {
  if (count === 1) return Buffer.from(hashes.subarray(start * HASH_SIZE, (start + 1) * HASH_SIZE))
  const row = Buffer.from(hashes.subarray(start * HASH_SIZE, (start + count) * HASH_SIZE))
  for (let width = count; width > 1; width /= 2) {
    for (let i = 0; i < width; i += 2) {
      nodeScratch.set(row.subarray(i * HASH_SIZE, (i + 2) * HASH_SIZE), 1)
      row.write(hash('sha256', nodeScratch, 'binary'), (i / 2) * HASH_SIZE, 'latin1')
    }
  }
  return row.subarray(0, HASH_SIZE)
}

/** Joins the roots of neighbouring perfect subtrees, largest first, into the root of the whole. */
export function foldRoots(roots: readonly Uint8Array[]): Buffer {
  const last = roots.at(-1)
  if (last === undefined) return EMPTY_ROOT
  let root: Buffer = Buffer.from(last)
  for (let i = roots.length - 2; i >= 0; i--) root = nodeHash(roots[i] ?? EMPTY_ROOT, root)
  return root
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}
