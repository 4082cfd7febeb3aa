import type { Clock } from '../base/clock.ts'
import { LimitBucket } from './limit-bucket.ts'
import type { SharedLimits } from './shared-limits.ts'
import type { TokenBucket } from './token-bucket.ts'

export interface RateLimits {
  readonly requestsPerMinute: number
  readonly tokensPerMinute: number
}

/** State of one bucket at the time of an admission. */
export interface BucketState {
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until it is full again. */
  readonly resetMs: number
}

/** The answer to one request, with what the standard headers say. */
export interface Admission {
  readonly admitted: boolean
  /** `too_large`: its tokens alone are more than a minute's limit, so that waiting does not help. */
  readonly refusedBy: 'requests' | 'tokens' | 'too_large' | null
  readonly projectId: string
  /** Tokens charged: the estimate, 0 when refused. */
  readonly tokens: number
  readonly requestState: BucketState
  readonly tokenState: BucketState
  /** When the same request would be admitted if no other comes; null when admitted, and when never. */
  readonly retryAfterMs: number | null
}

interface ProjectBuckets {
  readonly requests: LimitBucket
  readonly tokens: LimitBucket
}

/** Knows by itself whether it was settled: a set of all admissions would weigh on every collection of garbage. */
class OwnAdmission implements Admission {
  readonly admitted: Admission['admitted']
  readonly refusedBy: Admission['refusedBy']
  readonly projectId: Admission['projectId']
  readonly tokens: Admission['tokens']
  readonly requestState: Admission['requestState']
  readonly tokenState: Admission['tokenState']
  readonly retryAfterMs: Admission['retryAfterMs']
  #settled = false

  constructor(of: Admission) {
    this.admitted = of.admitted
    this.refusedBy = of.refusedBy
    this.projectId = of.projectId
    this.tokens = of.tokens
    this.requestState = of.requestState
    this.tokenState = of.tokenState
    this.retryAfterMs = of.retryAfterMs
  }

  settleOnce(): boolean {
    const first = !this.#settled
    this.#settled = true
    return first
  }
}

/** Keeps the buckets in step with other replicas', under names that begin with `name`. */
export interface Sharing {
  readonly limits: SharedLimits
  readonly name: string
}

/**
 * Requests and tokens per minute, one pair of buckets for each project that had traffic lately. In memory; where limits are shared, kept in
 * step with the other replicas behind the request's back.
 */
export class RateLimiter {
  readonly #clock: Clock
  readonly #limitsOf: (projectId: string) => RateLimits
  readonly #sharing: Sharing | null
  readonly #buckets = new Map<string, ProjectBuckets>()

  constructor(clock: Clock, limitsOf: (projectId: string) => RateLimits, sharing: Sharing | null = null) {
    this.#clock = clock
    this.#limitsOf = limitsOf
    this.#sharing = sharing
    sharing?.limits.onChange(() => this.resizeAll())
  }

  /** How many projects it keeps buckets for. */
  get size(): number {
    return this.#buckets.size
  }

  /** @param estimate tokens that the request may use, prompt and answer; what is no number above zero counts as none. */
  admit(projectId: string, estimate: number): Admission {
    const now = this.#clock.monotonic()
    const { requests, tokens } = this.#bucketsOf(projectId, now)
    const cost = estimate > 0 ? Math.ceil(estimate) : 0
    const requestWaitMs = requests.waitMs(1, now)
    const tokenWaitMs = tokens.waitMs(cost, now)
    const admitted = requestWaitMs === 0 && tokenWaitMs === 0
    if (admitted) {
      requests.take(1)
      if (cost > 0) tokens.take(cost)
    }
    const waitMs = Math.max(requestWaitMs, tokenWaitMs)
    return new OwnAdmission({
      admitted,
      refusedBy: admitted ? null : refusedBy(requestWaitMs, tokenWaitMs),
      projectId,
      tokens: admitted ? cost : 0,
      requestState: stateOf(requests, now),
      tokenState: stateOf(tokens, now),
      retryAfterMs: admitted || waitMs === Number.POSITIVE_INFINITY ? null : waitMs,
    })
  }

  /** Corrects the estimate by what was used; the second call for one admission does nothing. */
  settle(admission: Admission, actualTokens: number): void {
    if (!admission.admitted || !Number.isFinite(actualTokens)) return
    if (!(admission instanceof OwnAdmission) || !admission.settleOnce()) return
    const now = this.#clock.monotonic()
    const used = Math.max(0, Math.ceil(actualTokens))
    this.#bucketsOf(admission.projectId, now).tokens.adjust(used - admission.tokens, now)
  }

  /** The limits of a project have changed. */
  resize(projectId: string): void {
    const buckets = this.#buckets.get(projectId)
    if (!buckets) return
    const now = this.#clock.monotonic()
    const limits = this.#limitsOf(projectId)
    buckets.requests.resize(limits.requestsPerMinute, now)
    buckets.tokens.resize(limits.tokensPerMinute, now)
  }

  /** The limits of all have changed. */
  resizeAll(): void {
    for (const projectId of this.#buckets.keys()) this.resize(projectId)
  }

  /** Forgets buckets that are full, which a new one would be too. */
  sweep(): void {
    const now = this.#clock.monotonic()
    for (const [projectId, { requests, tokens }] of this.#buckets) {
      if (stateOf(requests, now).resetMs === 0 && stateOf(tokens, now).resetMs === 0) this.#buckets.delete(projectId)
    }
  }

  #bucketsOf(projectId: string, now: number): ProjectBuckets {
    const known = this.#buckets.get(projectId)
    if (known) return known
    const limits = this.#limitsOf(projectId)
    const buckets = {
      requests: this.#open(`${projectId}:requests`, limits.requestsPerMinute, now),
      tokens: this.#open(`${projectId}:tokens`, limits.tokensPerMinute, now),
    }
    this.#buckets.set(projectId, buckets)
    return buckets
  }

  #open(key: string, capacity: number, now: number): LimitBucket {
    const { limits = null, name = '' } = this.#sharing ?? {}
    return new LimitBucket({ key: `${name}:${key}`, capacity, clock: this.#clock, nowMs: now, shared: limits })
  }
}

function refusedBy(requestWaitMs: number, tokenWaitMs: number): 'requests' | 'tokens' | 'too_large' {
  if (tokenWaitMs === Number.POSITIVE_INFINITY) return 'too_large'
  return requestWaitMs >= tokenWaitMs ? 'requests' : 'tokens'
}

function stateOf(bucket: Pick<TokenBucket, 'capacity' | 'remaining' | 'waitMs'>, now: number): BucketState {
  return {
    limit: bucket.capacity,
    remaining: bucket.remaining(now),
    resetMs: bucket.waitMs(bucket.capacity, now),
  }
}
