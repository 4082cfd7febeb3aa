import { isIPv6 } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'

const FREE_FAILURES = 5
const SOURCE_MAX_MS = 900_000
/** Short, because others can cause it: a person always gets another try within a minute. */
const PERSON_MAX_MS = 60_000
const FORGET_MS = 3_600_000
const MAX_ENTRIES = 10_000
const STARTS_PER_MINUTE = 60

interface Entry {
  failures: number
  untilMs: number
  lastMs: number
}

/**
 * Slows down whoever keeps failing: after five failures each further one doubles the wait, up to 15 minutes for a network address and
 * up to one minute for a person. A person is never locked out where they have signed in before: otherwise whoever knows a name could keep
 * its owner out. In memory, for each replica; the oldest entries go when there are too many.
 */
export class LockOut {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  readonly #starts = new Map<string, { minute: number; count: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws {AppError} RATE_LIMITED saying for how long */
  checkSource(source: string): void {
    this.#check(`source ${source}`)
  }

  /** @param known whether the person has signed in from this source before. @throws {AppError} RATE_LIMITED */
  checkPerson(personId: string, known: boolean): void {
    if (!known) this.#check(`person ${personId}`)
  }

  /** Counts the start of something that costs a row. @throws {AppError} RATE_LIMITED */
  start(source: string): void {
    this.checkSource(source)
    const minute = Math.floor(this.#clock.monotonic() / 60_000)
    const counted = this.#starts.get(source)
    const count = counted?.minute === minute ? counted.count + 1 : 1
    this.#starts.delete(source)
    this.#starts.set(source, { minute, count })
    trim(this.#starts)
    if (count > STARTS_PER_MINUTE) throw limited(60_000)
  }

  failed(source: string, personId: string | null): void {
    this.#fail(`source ${source}`, SOURCE_MAX_MS)
    if (personId !== null) this.#fail(`person ${personId}`, PERSON_MAX_MS)
  }

  succeeded(source: string, personId: string): void {
    this.#entries.delete(`source ${source}`)
    this.#entries.delete(`person ${personId}`)
  }

  #check(key: string): void {
    const waitMs = (this.#entries.get(key)?.untilMs ?? 0) - this.#clock.monotonic()
    if (waitMs > 0) throw limited(waitMs)
  }

  #fail(key: string, maxMs: number): void {
    const now = this.#clock.monotonic()
    const entry = this.#entries.get(key)
    const failures = entry === undefined || now - entry.lastMs > FORGET_MS ? 1 : entry.failures + 1
    const waitMs = failures < FREE_FAILURES ? 0 : Math.min(maxMs, 1_000 * 2 ** Math.min(30, failures - FREE_FAILURES))
    this.#entries.delete(key)
    this.#entries.set(key, { failures, untilMs: now + waitMs, lastMs: now })
    trim(this.#entries)
  }
}

/**
 * The part of a network address that one party holds: an IPv6 customer has a /64 at least.
 *
 * @param address As the socket gives it; anything else stands for itself.
 */
export function sourceOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address.slice(0, 100)
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? []
  const start = head === '' ? [] : head.split(':')
  const end = tail ? tail.split(':') : []
  const groups = tail === undefined ? start : [...start, ...zeros(8 - start.length - end.length), ...end]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

function zeros(count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => '0')
}

function limited(waitMs: number): AppError {
  return new AppError('RATE_LIMITED', `too many attempts: try again in ${Math.ceil(waitMs / 1_000)} s`)
}

function trim(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MAX_ENTRIES) return
    map.delete(key)
  }
}
