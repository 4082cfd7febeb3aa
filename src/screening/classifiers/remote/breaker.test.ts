import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import { type Attempt, type BreakerConfig, CircuitBreaker } from './breaker.ts'

const CONFIG: BreakerConfig = { minFailures: 3, failureRatio: 0.5, windowMs: 1_000, openMs: 500, probes: 2 }

function breakerAt(config: BreakerConfig = CONFIG) {
  const clock = new ManualClock()
  const breaker = new CircuitBreaker(config, clock)
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) breaker.attempt()?.failed()
  }
  return { clock, breaker, fail }
}

describe('CircuitBreaker', () => {
  it('opens at the failures that are configured, no sooner', () => {
    const { breaker, fail } = breakerAt()
    fail(2)
    expect(breaker.state).toBe('closed')
    fail(1)
    expect(breaker.state).toBe('open')
    expect(breaker.attempt()).toBeNull()
  })

  it('stays closed while most attempts succeed: a few hostile requests do not switch the guard off', () => {
    const { breaker, fail } = breakerAt()
    for (let i = 0; i < 20; i++) breaker.attempt()?.succeeded()
    fail(19)
    expect(breaker.state).toBe('closed')
    fail(1)
    expect(breaker.state).toBe('open')
  })

  it('forgets failures that left the window', () => {
    const { breaker, clock, fail } = breakerAt()
    fail(2)
    clock.advance(1_100)
    fail(2)
    expect(breaker.state).toBe('closed')
  })

  it('lets one probe through at a time, and closes after as many successes as configured', () => {
    const { breaker, clock, fail } = breakerAt()
    fail(3)
    clock.advance(500)
    expect(breaker.state).toBe('half_open')
    const first = breaker.attempt()
    expect(first).not.toBeNull()
    expect(breaker.attempt()).toBeNull()
    first?.succeeded()
    expect(breaker.state).toBe('half_open')
    breaker.attempt()?.succeeded()
    expect(breaker.state).toBe('closed')
    fail(2)
    expect(breaker.state).toBe('closed')
  })

  it('opens again at a failed probe, and frees the place of one that was given up', () => {
    const { breaker, clock, fail } = breakerAt()
    fail(3)
    clock.advance(500)
    breaker.attempt()?.cancelled()
    breaker.attempt()?.failed()
    expect(breaker.state).toBe('open')
    clock.advance(499)
    expect(breaker.attempt()).toBeNull()
    clock.advance(1)
    expect(breaker.attempt()).not.toBeNull()
  })

  it('counts nothing from attempts that began before it opened', () => {
    const { breaker, clock, fail } = breakerAt()
    const [slow, slower] = [breaker.attempt(), breaker.attempt()]
    fail(3)
    clock.advance(500)
    slow?.failed()
    expect(breaker.state).toBe('half_open')
    const probe = breaker.attempt()
    slower?.failed()
    expect(breaker.state).toBe('half_open')
    probe?.succeeded()
    breaker.attempt()?.succeeded()
    expect(breaker.state).toBe('closed')
  })

  it('ignores the wall clock', () => {
    const { breaker, clock, fail } = breakerAt()
    fail(3)
    clock.jump(86_400_000)
    expect(breaker.state).toBe('open')
  })

  type Step = { readonly do: 'try' | 'succeed' | 'fail' | 'cancel' | 'wait'; readonly ms: number }
  const step: fc.Arbitrary<Step> = fc.record({
    do: fc.constantFrom('try', 'succeed', 'fail', 'cancel', 'wait'),
    ms: fc.integer({ min: 1, max: 700 }),
  })
  const config = fc.record({
    minFailures: fc.integer({ min: 1, max: 4 }),
    failureRatio: fc.constantFrom(0.25, 0.5, 1),
    windowMs: fc.constantFrom(500, 1_000),
    openMs: fc.constantFrom(100, 500),
    probes: fc.integer({ min: 1, max: 3 }),
  })

  it('moves only along closed -> open -> half open -> closed or open, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(config, fc.array(step, { maxLength: 80 }), (settings, steps) => {
        const { clock, breaker } = breakerAt(settings)
        const open: Attempt[] = []
        let openedAt: number | null = null
        for (const { do: action, ms } of steps) {
          const before = breaker.state
          if (action === 'wait') clock.advance(ms)
          else if (action === 'try') {
            const attempt = breaker.attempt()
            if (before === 'closed') expect(attempt).not.toBeNull()
            if (before === 'open') expect(attempt).toBeNull()
            if (attempt !== null) open.push(attempt)
          } else {
            const attempt = open.shift()
            if (action === 'succeed') attempt?.succeeded()
            else if (action === 'fail') attempt?.failed()
            else attempt?.cancelled()
          }
          const after = breaker.state
          if (after === 'open' && before !== 'open') {
            expect(action).toBe('fail')
            openedAt = clock.monotonic()
          }
          if (before === 'open' && after !== 'open') {
            expect([action, after]).toEqual(['wait', 'half_open'])
            expect(clock.monotonic() - (openedAt ?? Number.NaN)).toBeGreaterThanOrEqual(settings.openMs)
          }
          if (before === 'half_open' && after === 'closed') expect(action).toBe('succeed')
          if (before === 'closed' && after !== 'closed') expect(after).toBe('open')
        }
      }),
      { numRuns: 500 },
    )
  })

  it('always recovers once the server does', () => {
    fc.assert(
      fc.property(config, fc.array(fc.boolean(), { maxLength: 50 }), (settings, outcomes) => {
        const { clock, breaker } = breakerAt(settings)
        for (const ok of outcomes) {
          const attempt = breaker.attempt()
          if (ok) attempt?.succeeded()
          else attempt?.failed()
          clock.advance(50)
        }
        clock.advance(settings.openMs)
        for (let i = 0; i < settings.probes; i++) breaker.attempt()?.succeeded()
        expect(breaker.state).toBe('closed')
      }),
    )
  })
})
