import { Distinct } from './accumulators.ts'
import { Bounded } from './bounded.ts'
import type { Traffic } from './traffic.ts'

const HOUR_MS = 3_600_000
const HOURS = 24

/** Requests of the last 24 hours, hour by hour. */
class Hours {
  readonly #counts = new Uint32Array(HOURS)
  #hour = 0

  add(nowMs: number): void {
    this.#roll(nowMs)
    const slot = this.#hour % HOURS
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
  }

  total(nowMs: number): number {
    this.#roll(nowMs)
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }

  #roll(nowMs: number): void {
    const hour = Math.floor(nowMs / HOUR_MS)
    if (hour <= this.#hour) return
    for (let i = Math.max(this.#hour + 1, hour - HOURS + 1); i <= hour; i++) this.#counts[i % HOURS] = 0
    this.#hour = hour
  }
}

interface KeyTally {
  readonly requests: Hours
  readonly endUsers: Distinct
}

/** How much traffic keys and end users have had in the last day, as far as this process has seen it. */
export class Tally {
  readonly startedAtMs: number
  readonly #keys: Bounded<KeyTally>
  readonly #endUsers: Bounded<Hours>

  constructor(startedAtMs: number, maxSubjects: number) {
    this.startedAtMs = startedAtMs
    this.#keys = new Bounded(maxSubjects)
    this.#endUsers = new Bounded(maxSubjects)
  }

  add({ principal, endUserId, atMs }: Traffic): void {
    const key = this.#keys.use(principal.keyId, () => ({ requests: new Hours(), endUsers: new Distinct() }))
    key.requests.add(atMs)
    if (endUserId === null) return
    key.endUsers.add(endUserId)
    this.#endUsers.use(endUserId, () => new Hours()).add(atMs)
  }

  requestsOfKey(keyId: string, nowMs: number): number {
    return this.#keys.peek(keyId)?.requests.total(nowMs) ?? 0
  }

  /** Since the process started; an estimate. */
  endUsersOfKey(keyId: string): number {
    return this.#keys.peek(keyId)?.endUsers.count() ?? 0
  }

  requestsOfEndUser(endUserId: string, nowMs: number): number {
    return this.#endUsers.peek(endUserId)?.total(nowMs) ?? 0
  }
}
