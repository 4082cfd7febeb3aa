import type { Clock } from '../../base/clock.ts'
import { type Admission, RateLimiter, type RateLimits } from '../rate-limiter.ts'
import type { Principal } from '../schema.ts'
import type { SharedLimits } from '../shared-limits.ts'
import type { EnforcementAction } from './schema.ts'
import type { Restriction } from './standings.ts'

/** Requests of throttled subjects: each action has buckets of its own, a part of the project's limits. In memory, and where limits are shared kept in step with other replicas. */
export class Throttle {
  readonly #limiter: RateLimiter
  readonly #limits = new Map<string, RateLimits>()
  readonly #limitsOf: (projectId: string) => RateLimits

  constructor(clock: Clock, limitsOf: (projectId: string) => RateLimits, shared: SharedLimits | null = null) {
    this.#limitsOf = limitsOf
    this.#limiter = new RateLimiter(
      clock,
      (name) => this.#limits.get(name) ?? { requestsPerMinute: 1, tokensPerMinute: 1 },
      shared === null ? null : { limits: shared, name: 'throttle' },
    )
  }

  /** @returns the first refusal, else the last admission; null where nothing slows the request down. */
  admit(restriction: Restriction, principal: Principal, tokens: number): Admission | null {
    let admission: Admission | null = null
    for (const action of restriction.throttles) {
      admission = this.#limiter.admit(this.#bucket(action, principal.projectId), tokens)
      if (!admission.admitted) return admission
    }
    return admission
  }

  sweep(): void {
    this.#limiter.sweep()
    if (this.#limiter.size === 0) this.#limits.clear()
  }

  #bucket({ id, throttleFactor }: EnforcementAction, projectId: string): string {
    const name = `${id} ${projectId}`
    if (!this.#limits.has(name)) {
      const { requestsPerMinute, tokensPerMinute } = this.#limitsOf(projectId)
      const factor = throttleFactor ?? 1
      this.#limits.set(name, {
        requestsPerMinute: Math.max(1, Math.floor(requestsPerMinute * factor)),
        tokensPerMinute: Math.max(1, Math.floor(tokensPerMinute * factor)),
      })
    }
    return name
  }
}
