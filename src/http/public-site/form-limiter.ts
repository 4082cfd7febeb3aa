import type { Clock } from '../../base/clock.ts'
import { sourceOf } from '../../staff/index.ts'

const HOUR_MS = 3_600_000
const MOST_SOURCES = 10_000
const GENERAL_FACTOR = 50

interface Bucket {
  level: number
  atMs: number
}

/** How many forms an address may send in an hour, and all of them together: buckets that fill again evenly, in memory. */
export class FormLimiter {
  readonly #clock: Clock
  readonly #perSource: number
  readonly #all: Bucket
  readonly #allPerHour: number
  readonly #sources = new Map<string, Bucket>()

  /** @param perSource an hour of one address @param all of all together */
  constructor(clock: Clock, perSource: number, all = perSource * GENERAL_FACTOR) {
    this.#clock = clock
    this.#perSource = perSource
    this.#allPerHour = all
    this.#all = { level: all, atMs: clock.monotonic() }
  }

  /** @param cost of one form; looking is cheaper than sending. */
  admit(address: string, cost = 1): boolean {
    const source = sourceOf(address)
    const bucket = this.#sources.get(source) ?? { level: this.#perSource, atMs: this.#clock.monotonic() }
    this.#fill(bucket, this.#perSource)
    this.#fill(this.#all, this.#allPerHour)
    this.#remember(source, bucket)
    if (bucket.level < cost || this.#all.level < cost) return false
    bucket.level -= cost
    this.#all.level -= cost
    return true
  }

  #fill(bucket: Bucket, perHour: number): void {
    const now = this.#clock.monotonic()
    bucket.level = Math.min(perHour, bucket.level + ((now - bucket.atMs) * perHour) / HOUR_MS)
    bucket.atMs = now
  }

  /** The oldest goes first: from many addresses at once, the limit for all of them holds. */
  #remember(source: string, bucket: Bucket): void {
    this.#sources.delete(source)
    this.#sources.set(source, bucket)
    if (this.#sources.size <= MOST_SOURCES) return
    const oldest = this.#sources.keys().next().value
    if (oldest !== undefined) this.#sources.delete(oldest)
  }
}
