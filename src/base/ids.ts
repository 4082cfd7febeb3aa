import { randomFillSync } from 'node:crypto'
import { type Clock, systemClock } from './clock.ts'

/** Makes identifiers and secrets; tests pass one with a fixed source. */
export interface Ids {
  /** `prefix_` and 26 characters of Crockford base32 (a ULID): sorts by time, 80 random bits. */
  next(prefix: string): string
  /** `length` random bytes. */
  bytes(length: number): Buffer
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const POOL_BYTES = 8192

/** Random bytes drawn from the system in blocks: one call each would cost more than the rest of a request. */
function pooledRandom(): (length: number) => Buffer {
  const pool = Buffer.alloc(POOL_BYTES)
  let used = POOL_BYTES
  return (length) => {
    if (length > POOL_BYTES) return randomFillSync(Buffer.alloc(length))
    if (used + length > POOL_BYTES) {
      randomFillSync(pool)
      used = 0
    }
    const out = Buffer.from(pool.subarray(used, used + length))
    pool.fill(0, used, used + length)
    used += length
    return out
  }
}

/** Identifiers by `clock` and `random`; the defaults are the system's. */
export function createIds(clock: Clock = systemClock, random: (length: number) => Buffer = pooledRandom()): Ids {
  let timeMs = -1
  let timeText = ''
  return {
    next(prefix) {
      const now = clock.now()
      if (now !== timeMs) {
        timeMs = now
        timeText = base32Time(now)
      }
      const entropy = random(16)
      let text = `${prefix}_${timeText}`
      for (const byte of entropy) text += CROCKFORD[byte & 31]
      return text
    },
    bytes: random,
  }
}

/** What an identifier made at this millisecond has after its `prefix_`: 10 characters; earlier ones sort before it. */
export function base32Time(ms: number): string {
  let rest = Math.max(0, Math.floor(ms))
  let text = ''
  for (let i = 0; i < 10; i++) {
    text = (CROCKFORD[rest % 32] ?? '0') + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** When an identifier was made, milliseconds since the epoch; null for what is none of ours. */
export function timeOfId(id: string): number | null {
  const start = id.indexOf('_') + 1
  let ms = 0
  for (let i = start; i < start + 10; i++) {
    const digit = CROCKFORD.indexOf(id.charAt(i) || '!')
    if (digit < 0) return null
    ms = ms * 32 + digit
  }
  return ms
}

export const systemIds: Ids = createIds()

/** A repeatable source for tests: xorshift bytes from a seed. */
export function seededIds(clock: Clock, seed = 1): Ids {
  let state = seed >>> 0 || 1
  return createIds(clock, (length) => {
    const out = Buffer.alloc(length)
    for (let i = 0; i < length; i++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      out[i] = state & 0xff
    }
    return out
  })
}
