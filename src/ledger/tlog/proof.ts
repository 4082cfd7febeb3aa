import { checkInteger, TlogError } from './error.ts'
import { HASH_SIZE, nodeHash, sameHash } from './hash.ts'

/** An honest proof has at most two hashes for each of 53 levels. */
const MAX_PROOF_HASHES = 128

/**
 * Checks that a leaf stands at `position` of the tree with `size` leaves and `root`.
 *
 * @param leaf Leaf hash, 32 bytes. @param proof Sibling hashes from the leaf up.
 * @throws {TlogError} INCLUSION, MALFORMED (hash lengths) or RANGE.
 * @see RFC 9162 §2.1.3.2
 */
export function verifyInclusion(
  leaf: Uint8Array,
  position: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): void {
  checkInteger('position', position)
  checkInteger('size', size, 1)
  checkHashes([leaf, root, ...checkLength(proof)])
  if (position >= size) throw new TlogError('RANGE', `position ${position} is outside a tree of ${size}`)
  let at = position
  let last = size - 1
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) throw new TlogError('INCLUSION', 'the inclusion proof is too long')
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash)
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  if (last !== 0) throw new TlogError('INCLUSION', 'the inclusion proof is too short')
  if (!sameHash(hash, root))
    throw new TlogError('INCLUSION', `the proof does not lead from entry ${position} to the root`)
}

/**
 * Checks that the tree of `size1` leaves is a prefix of the tree of `size2`.
 *
 * An empty first tree is rejected, as by the reference implementation: its root says nothing.
 * @throws {TlogError} CONSISTENCY, MALFORMED (hash lengths) or RANGE.
 * @see RFC 9162 §2.1.4.2
 */
export function verifyConsistency(
  size1: number,
  size2: number,
  proof: readonly Uint8Array[],
  root1: Uint8Array,
  root2: Uint8Array,
): void {
  checkInteger('size1', size1, 1)
  checkInteger('size2', size2, 1)
  checkHashes([root1, root2, ...checkLength(proof)])
  if (size1 > size2) throw new TlogError('RANGE', `a tree of ${size1} is not a prefix of one of ${size2}`)
  if (size1 === size2) {
    if (proof.length > 0) throw new TlogError('CONSISTENCY', 'the consistency proof is too long')
    if (!sameHash(root1, root2)) throw new TlogError('CONSISTENCY', `two different trees of size ${size1}`)
    return
  }
  const { first, second } = walkConsistency(size1, size2, proof, root1)
  if (!sameHash(first, root1) || !sameHash(second, root2))
    throw new TlogError('CONSISTENCY', `the tree of ${size1} is not a prefix of the tree of ${size2}`)
}

/**
 * The root that a consistency proof gives the first `size1` entries of the tree with `root2`, by which it can be told from
 * the root that somebody signed for them. Null when the proof does not lead to `root2`, and when it says nothing of the first
 * root because it starts from it (`size1` a power of two).
 */
export function prefixRootOf(
  size1: number,
  size2: number,
  proof: readonly Uint8Array[],
  root2: Uint8Array,
): Uint8Array | null {
  if (size1 === size2) return proof.length === 0 ? root2 : null
  if (size1 < 1 || size1 > size2 || Number.isInteger(Math.log2(size1))) return null
  try {
    checkHashes([root2, ...checkLength(proof)])
    const { first, second } = walkConsistency(size1, size2, proof, root2)
    return sameHash(second, root2) ? first : null
  } catch (error) {
    if (error instanceof TlogError) return null
    throw error
  }
}

function walkConsistency(size1: number, size2: number, proof: readonly Uint8Array[], root1: Uint8Array) {
  let at = size1 - 1
  let last = size2 - 1
  while (at % 2 === 1) {
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  // `at` is 0 here exactly when size1 is a power of two: then the proof starts from root1 itself.
  const path = at === 0 ? [root1, ...proof] : proof
  let first = path[0]
  let second = first
  if (first === undefined || second === undefined || proof.length === 0)
    throw new TlogError('CONSISTENCY', 'the consistency proof is too short')
  for (const hash of path.slice(1)) {
    if (last === 0) throw new TlogError('CONSISTENCY', 'the consistency proof is too long')
    if (at % 2 === 1 || at === last) {
      first = nodeHash(hash, first)
      second = nodeHash(hash, second)
      while (at % 2 === 0 && at !== 0) {
        at /= 2
        last = Math.floor(last / 2)
      }
    } else {
      second = nodeHash(second, hash)
    }
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  if (last !== 0) throw new TlogError('CONSISTENCY', 'the consistency proof is too short')
  return { first, second }
}

function checkLength(proof: readonly Uint8Array[]): readonly Uint8Array[] {
  if (proof.length > MAX_PROOF_HASHES) throw new TlogError('MALFORMED', 'the proof is too long')
  return proof
}

function checkHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some((hash) => hash.length !== HASH_SIZE)) throw new TlogError('MALFORMED', 'a hash is not 32 bytes long')
}
