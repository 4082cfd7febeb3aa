import { hash } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { IssuerConfig } from '../../base/edge-config.ts'
import type { Claims } from './claims.ts'

const MOST = 10_000
/** A program sends the same token for minutes on end; its signature need not be checked a thousand times. */
const KEPT_MS = 60_000

interface Verified {
  readonly claims: Claims
  /** By the wall clock, which the token's own times go by. */
  readonly untilMs: number
  readonly generation: object
}

/** Claims of tokens whose signature was found good lately, by the hash of the token. The oldest go first. */
export class VerifiedTokens {
  readonly #clock: Clock
  readonly #kept = new Map<string, Verified>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Null for what must be verified again: its time is up, or its issuer's keys have changed. @param generation of those keys. */
  find(token: string, generation: object | null): Claims | null {
    const found = this.#kept.get(hash('sha256', token))
    if (found === undefined || generation === null || found.generation !== generation) return null
    return this.#clock.now() < found.untilMs ? found.claims : null
  }

  keep(token: string, claims: Claims, generation: object | null, config: IssuerConfig): void {
    if (generation === null) return
    const now = this.#clock.now()
    const name = hash('sha256', token)
    this.#kept.delete(name)
    this.#kept.set(name, { claims, untilMs: Math.min(now + KEPT_MS, endOf(claims, config)), generation })
    if (this.#kept.size <= MOST) return
    const oldest = this.#kept.keys().next().value
    if (oldest !== undefined) this.#kept.delete(oldest)
  }
}

/** When a token that is good now is good no more, milliseconds since the epoch; already for what tells no time. */
function endOf({ exp, iat }: Claims, { clockToleranceSeconds, maxTokenAgeSeconds }: IssuerConfig): number {
  const ends = [exp, ...(maxTokenAgeSeconds === undefined ? [] : [Number(iat) + maxTokenAgeSeconds])]
  return (Math.min(...ends.map(Number)) + clockToleranceSeconds) * 1_000
}
