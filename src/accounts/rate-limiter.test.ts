import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../base/clock.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'
import { type Admission, RateLimiter } from './rate-limiter.ts'

type Step =
  | { type: 'admit'; tokens: number }
  | { type: 'wait'; ms: number }
  | { type: 'jump'; ms: number }
  | { type: 'settle'; index: number; tokens: number }
  | { type: 'sweep' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('admit' as const), tokens: fc.integer({ min: 0, max: 300 }) }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.double({ min: 0, max: 40_000, noNaN: true }) }),
  fc.record({ type: fc.constant('jump' as const), ms: fc.integer({ min: -1e10, max: 1e10 }) }),
  fc.record({
    type: fc.constant('settle' as const),
    index: fc.nat({ max: 50 }),
    tokens: fc.integer({ min: 0, max: 600 }),
  }),
  fc.record({ type: fc.constant('sweep' as const) }),
)

describe('RateLimiter', () => {
  it('never admits more than rate × time + burst, and never reports less than nothing', () => {
    const limits = { requestsPerMinute: 7, tokensPerMinute: 500 }
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const clock = new ManualClock()
        const limiter = new RateLimiter(clock, () => limits)
        const admitted: Admission[] = []
        const settled = new Map<Admission, number>()
        let requests = 0
        for (const s of steps) {
          if (s.type === 'wait') clock.advance(s.ms)
          else if (s.type === 'jump') clock.jump(s.ms)
          else if (s.type === 'sweep') limiter.sweep()
          else if (s.type === 'settle') {
            const admission = admitted[s.index]
            if (!admission) continue
            // Only downwards here: what goes beyond the estimate is a debt, tested below.
            const actual = Math.min(s.tokens, admission.tokens)
            limiter.settle(admission, actual)
            if (!settled.has(admission)) settled.set(admission, actual)
          } else {
            const admission = limiter.admit('p', s.tokens)
            if (admission.admitted) {
              admitted.push(admission)
              requests++
            }
            for (const state of [admission.requestState, admission.tokenState]) {
              expect(state.remaining).toBeGreaterThanOrEqual(0)
              expect(state.remaining).toBeLessThanOrEqual(state.limit)
              expect(state.resetMs).toBeGreaterThanOrEqual(0)
              expect(state.resetMs).toBeLessThanOrEqual(60_000)
            }
          }
          const minutes = clock.monotonic() / 60_000
          const used = admitted.reduce((sum, a) => sum + (settled.get(a) ?? a.tokens), 0)
          expect(requests).toBeLessThanOrEqual(7 + 7 * minutes + 1e-6)
          expect(used).toBeLessThanOrEqual(500 + 500 * minutes + 1e-6)
        }
      }),
    )
  })

  it('admits again exactly when it said that it would', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 20 }),
        (requestsPerMinute, tokensPerMinute, costs) => {
          const clock = new ManualClock()
          const limiter = new RateLimiter(clock, () => ({ requestsPerMinute, tokensPerMinute }))
          for (const cost of costs) {
            const first = limiter.admit('p', cost)
            if (first.admitted) continue
            expect(first.retryAfterMs === null).toBe(cost > tokensPerMinute)
            expect(first.refusedBy === 'too_large').toBe(cost > tokensPerMinute)
            if (first.retryAfterMs === null) continue
            if (first.retryAfterMs > 1) {
              clock.advance(first.retryAfterMs - 1)
              expect(limiter.admit('p', cost).admitted).toBe(false)
              clock.advance(1)
            } else clock.advance(first.retryAfterMs)
            expect(limiter.admit('p', cost).admitted).toBe(true)
          }
        },
      ),
      // Levels that were counted in fractions of a token came to less than a whole one here.
      {
        examples: [
          [11, 1_000_000, [64963, 117157, 85175, 111410, 116977, 3173, 150380, 99462, 194976, 15557, 62870, 1]],
        ],
      },
    )
  })

  it('charges nothing for what it refuses', () => {
    const limiter = new RateLimiter(new ManualClock(), () => ({ requestsPerMinute: 3, tokensPerMinute: 100 }))
    expect(limiter.admit('p', 101)).toMatchObject({ admitted: false, refusedBy: 'too_large', tokens: 0 })
    expect(limiter.admit('p', 60).admitted).toBe(true)
    expect(limiter.admit('p', 60)).toMatchObject({ admitted: false, refusedBy: 'tokens' })
    expect(limiter.admit('p', 40)).toMatchObject({ admitted: true, requestState: { remaining: 1 } })
    expect(limiter.admit('p', 0).admitted).toBe(true)
    expect(limiter.admit('p', 0)).toMatchObject({ admitted: false, refusedBy: 'requests', retryAfterMs: 20_000 })
  })

  it('takes odd estimates for what they are worth', () => {
    const limiter = new RateLimiter(new ManualClock(), () => ({ requestsPerMinute: 10, tokensPerMinute: 100 }))
    for (const tokens of [Number.NaN, -5])
      expect(limiter.admit('p', tokens)).toMatchObject({ admitted: true, tokens: 0 })
    expect(limiter.admit('p', 0.2).tokens).toBe(1)
    expect(limiter.admit('p', Number.POSITIVE_INFINITY).refusedBy).toBe('too_large')
  })

  it('lets a debt wait, bounded by one minute', () => {
    const clock = new ManualClock()
    const limiter = new RateLimiter(clock, () => ({ requestsPerMinute: 1000, tokensPerMinute: 600 }))
    const admission = limiter.admit('p', 100)
    limiter.settle(admission, 1e12)
    limiter.settle(admission, 0)
    expect(limiter.admit('p', 1)).toMatchObject({ admitted: false, tokenState: { remaining: 0 } })
    clock.advance(60_000)
    expect(limiter.admit('p', 1).admitted).toBe(false)
    clock.advance(100)
    expect(limiter.admit('p', 1).admitted).toBe(true)
  })

  it('gives back what was not used, but never more than it holds', () => {
    const limiter = new RateLimiter(new ManualClock(), () => ({ requestsPerMinute: 10, tokensPerMinute: 100 }))
    const admission = limiter.admit('p', 80)
    limiter.settle(admission, -50)
    expect(limiter.admit('p', 0).tokenState.remaining).toBe(100)
    const refused = limiter.admit('p', 500)
    limiter.settle(refused, 100)
    limiter.settle(admission, Number.NaN)
    expect(limiter.admit('p', 0).tokenState.remaining).toBe(100)
  })

  it('forgets projects without traffic', () => {
    const clock = new ManualClock()
    const limiter = new RateLimiter(clock, () => ({ requestsPerMinute: 60, tokensPerMinute: 60 }))
    for (let i = 0; i < 1000; i++) limiter.admit(`p${i}`, 1)
    limiter.sweep()
    expect(limiter.size).toBe(1000)
    clock.advance(1000)
    limiter.admit('p0', 1)
    limiter.sweep()
    expect(limiter.size).toBe(1)
  })
})

describe('rateLimitHeaders', () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 0, 0, 0, 400))
  const limiter = new RateLimiter(clock, () => ({ requestsPerMinute: 600, tokensPerMinute: 1000 }))
  const admitted = limiter.admit('p', 990)
  const refused = limiter.admit('p', 50)

  it('are those of OpenAI', () => {
    expect(rateLimitHeaders(admitted, 'openai', clock.now())).toEqual({
      'x-ratelimit-limit-requests': '600',
      'x-ratelimit-remaining-requests': '599',
      'x-ratelimit-reset-requests': '100ms',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '10',
      'x-ratelimit-reset-tokens': '59.4s',
    })
    expect(rateLimitHeaders(refused, 'openai', clock.now())['retry-after']).toBe('3')
  })

  it('are those of Anthropic', () => {
    expect(rateLimitHeaders(refused, 'anthropic', clock.now())).toEqual({
      'anthropic-ratelimit-requests-limit': '600',
      'anthropic-ratelimit-requests-remaining': '599',
      'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:01Z',
      'anthropic-ratelimit-tokens-limit': '1000',
      'anthropic-ratelimit-tokens-remaining': '10',
      'anthropic-ratelimit-tokens-reset': '2026-01-01T00:01:00Z',
      'retry-after': '3',
    })
  })

  it('write whole minutes as OpenAI does', () => {
    const slow = new RateLimiter(clock, () => ({ requestsPerMinute: 1, tokensPerMinute: 1 })).admit('p', 1)
    expect(rateLimitHeaders(slow, 'openai', 0)['x-ratelimit-reset-requests']).toBe('1m0s')
  })
})
