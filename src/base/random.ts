/** Uniform in [0, 1). */
export type Random = () => number

/**
 * A repeatable source for resampling (not for secrets): a 32-bit counter with the murmur3 finaliser.
 *
 * @param seed any integer; its low 32 bits count
 * @see https://github.com/aappleby/smhasher, fmix32
 */
export function seededRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000
  }
}
