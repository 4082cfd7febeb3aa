import { hash } from 'node:crypto'
import { canonicalJson } from '../ledger/index.ts'

/** So that the digest can't be one of anything else. */
const DOMAIN = 'safelevel audit sample v1\n'
const POSITION_BYTES = 8

/** From what a draw follows, and nothing else. */
export interface SeedOf {
  readonly sample: string
  /** Of the tree whose last entry is the order of the sample, hex: nobody knew it before the order was recorded. */
  readonly root: string
  /** What the auditor had bound themselves to in the order, and told afterwards; null: they had not. */
  readonly secret: string | null
}

/** Hex SHA-256 of a line that names the purpose and of the three as RFC 8785 JSON. */
export function seedOf({ sample, root, secret }: SeedOf): string {
  return hash('sha256', DOMAIN + canonicalJson({ root, sample, secret }))
}

/** What an order says of a secret. */
export function commitmentTo(secret: string): string {
  return hash('sha256', secret)
}

/** Positions as they are hashed, and as they lie in a bundle: decimal, ascending, a line each. */
export function frameText(positions: readonly number[]): string {
  return positions.join('\n')
}

export function frameDigest(positions: readonly number[]): string {
  return hash('sha256', frameText(positions))
}

/**
 * The `size` positions whose score is lowest; the score of a position is SHA-256(seed ‖ position as 8 bytes, most significant first). Each subset of the
 * frame is as likely as any other as long as nobody chose the seed, none is drawn twice, and whoever has seed and frame draws the same.
 *
 * @param seed hex, 32 bytes
 * @param frame each position once
 * @returns ascending
 */
export function draw(seed: string, frame: readonly number[], size: number): number[] {
  const bytes = Buffer.concat([Buffer.from(seed, 'hex'), Buffer.alloc(POSITION_BYTES)])
  const at = bytes.length - POSITION_BYTES
  const scored = frame.map((position) => {
    bytes.writeBigUInt64BE(BigInt(position), at)
    return { position, score: hash('sha256', bytes) }
  })
  scored.sort((a, b) => (a.score < b.score ? -1 : a.score > b.score ? 1 : a.position - b.position))
  return scored
    .slice(0, size)
    .map(({ position }) => position)
    .sort((a, b) => a - b)
}
