import { hash } from 'node:crypto'

const SEED_BITS = 31

/**
 * An order of things that depends on the seed and on what it is for, and on nothing else: not on when an answer came, nor on which other
 * prompts there are. A thing that is added or taken away leaves the order of the others as it was (rendezvous hashing, Thaler and
 * Ravishankar 1998).
 */
export function shuffled<T extends { readonly id: string }>(
  things: readonly T[],
  seed: number,
  ...purpose: readonly (string | number)[]
): T[] {
  const keyed = things.map((thing) => ({ thing, key: digestOf(seed, ...purpose, thing.id) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ thing }) => thing)
}

/** A seed of its own for one request, from 0 to 2³¹−1. */
export function seedOf(seed: number, ...purpose: readonly (string | number)[]): number {
  return Number.parseInt(digestOf(seed, ...purpose).slice(0, 8), 16) >>> (32 - SEED_BITS)
}

function digestOf(...parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts))
}
