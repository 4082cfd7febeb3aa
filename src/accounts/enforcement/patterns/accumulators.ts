/** Sums since the start of a window that begins anew when its time is over: small, and its numbers can be told as they are. */
export class Tumbling {
  readonly #lengthMs: number
  #startMs = Number.NEGATIVE_INFINITY

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs
  }

  get startMs(): number {
    return this.#startMs
  }

  /** @returns whether a new window began: what was counted is to be dropped. A clock that goes back begins one too. */
  roll(nowMs: number): boolean {
    if (nowMs >= this.#startMs && nowMs - this.#startMs < this.#lengthMs) return false
    this.#startMs = nowMs
    return true
  }
}

/** Mean and variation of numbers, in three numbers. @see Welford 1962 */
export class Spread {
  #count = 0
  #mean = 0
  #squares = 0

  add(value: number): void {
    this.#count++
    const delta = value - this.#mean
    this.#mean += delta / this.#count
    this.#squares += delta * (value - this.#mean)
  }

  /** Standard deviation as a part of the mean; Infinity below two numbers or about a mean of 0. */
  variation(): number {
    if (this.#count < 2 || this.#mean === 0) return Number.POSITIVE_INFINITY
    return Math.sqrt(Math.max(0, this.#squares) / (this.#count - 1)) / Math.abs(this.#mean)
  }
}

const SLOTS = 8

/**
 * The share of the most frequent value among many, from eight counters. What it tells is never more than the true share, and less by at
 * most an eighth.
 *
 * @see Metwally, Agrawal, El Abbadi 2005, "Efficient computation of frequent and top-k elements in data streams" (Space-Saving)
 */
export class TopShare {
  readonly #slots: { value: number; count: number; error: number }[] = []
  #total = 0

  add(value: number): void {
    this.#total++
    let least = this.#slots[0]
    for (const slot of this.#slots) {
      if (slot.value === value) {
        slot.count++
        return
      }
      if (least === undefined || slot.count < least.count) least = slot
    }
    if (this.#slots.length < SLOTS || least === undefined) {
      this.#slots.push({ value, count: 1, error: 0 })
      return
    }
    least.error = least.count
    least.count++
    least.value = value
  }

  share(): number {
    let most = 0
    for (const { count, error } of this.#slots) most = Math.max(most, count - error)
    return this.#total === 0 ? 0 : most / this.#total
  }
}

const BITS = 4_096
const FNV_OFFSET = 0x811c_9dc5
const FNV_PRIME = 0x0100_0193

/**
 * How many different texts there were, from 512 bytes: within about 5 % up to 10 000, never more than `MOST`.
 *
 * @see Whang, Vander-Zanden, Taylor 1990, "A linear-time probabilistic counting algorithm for database applications"
 */
export class Distinct {
  static readonly MOST = Math.round(BITS * Math.log(BITS))
  readonly #bits = new Uint32Array(BITS / 32)
  #set = 0

  add(text: string): void {
    let hash = FNV_OFFSET
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x2c1b_3c6d)
    hash ^= hash >>> 12
    const bit = (hash >>> 0) % BITS
    const word = bit >>> 5
    const mask = 1 << (bit & 31)
    const before = this.#bits[word] ?? 0
    if ((before & mask) !== 0) return
    this.#bits[word] = before | mask
    this.#set++
  }

  count(): number {
    const empty = BITS - this.#set
    return empty === 0 ? Distinct.MOST : Math.round(BITS * Math.log(BITS / empty))
  }

  clear(): void {
    this.#bits.fill(0)
    this.#set = 0
  }
}

const SLOW = 0.05
/** Noise about a steady level must not add up. */
const SLACK = 0.03
const FORGET_HALF_MS = 6 * 3_600_000

/**
 * Sees scores that creep upwards while each of them stays allowed: a one-sided CUSUM of what each score lies above its own slow average
 * and an allowance. Scores that stay where they are add nothing, however many there are.
 *
 * @see Page 1954, "Continuous inspection schemes"
 */
export class Creep {
  #sum = 0
  #slow = Number.NaN
  #atMs = 0
  #steps = 0

  /** @returns the sum after this score, at most 10. */
  add(score: number, allowance: number, nowMs: number): number {
    if (Number.isNaN(this.#slow)) this.#slow = score
    const idleMs = Math.max(0, nowMs - this.#atMs)
    const kept = this.#steps === 0 ? 0 : this.#sum * 0.5 ** (idleMs / FORGET_HALF_MS)
    this.#sum = Math.min(10, Math.max(0, kept + score - Math.max(allowance, this.#slow + SLACK)))
    this.#slow += SLOW * (score - this.#slow)
    this.#steps = this.#sum === 0 ? 0 : this.#steps + 1
    this.#atMs = nowMs
    return this.#sum
  }

  /** Requests since the sum was last zero. */
  get steps(): number {
    return this.#steps
  }

  /** The slow average. */
  get usual(): number {
    return Number.isNaN(this.#slow) ? 0 : this.#slow
  }

  reset(): void {
    this.#sum = 0
    this.#steps = 0
  }
}
