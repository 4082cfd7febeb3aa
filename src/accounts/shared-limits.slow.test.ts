import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { hammer } from '../../test/support/hammer.ts'
import { redisAvailable, TestRedis } from '../../test/support/redis.ts'
import { ManualClock, systemClock } from '../base/clock.ts'
import { createLog, silentLog } from '../base/log.ts'
import { LimitBucket } from './limit-bucket.ts'
import { RateLimiter } from './rate-limiter.ts'
import { SharedLimits } from './shared-limits.ts'
import { ValkeyLimits } from './valkey.ts'

const LIMITS = { requestsPerMinute: 100, tokensPerMinute: 10_000 }
const PATIENT = { timeout: 10_000, interval: 20 }

describe('LimitBucket', () => {
  const alone = (capacity: number, clock = new ManualClock()) =>
    new LimitBucket({ key: 'k', capacity, clock, nowMs: clock.monotonic(), shared: null })

  it('keeps what was taken since the others were told when it learns what they left', () => {
    const bucket = alone(100)
    bucket.follow(40)
    expect(bucket.remaining(0)).toBe(40)
    bucket.follow(1_000)
    expect(bucket.remaining(0)).toBe(100)
  })

  it('never gives more than its capacity and what refills it, whatever it is told', () => {
    const step = fc.oneof(
      fc.record({ take: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ told: fc.integer({ min: -100, max: 200 }) }),
      fc.record({ passMs: fc.integer({ min: 0, max: 5_000 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const clock = new ManualClock()
        const bucket = alone(100, clock)
        for (const { take, told, passMs } of steps as { take?: number; told?: number; passMs?: number }[]) {
          if (passMs !== undefined) clock.advance(passMs)
          if (told !== undefined) bucket.follow(told)
          if (take !== undefined && bucket.waitMs(take, clock.monotonic()) === 0) bucket.take(take)
          expect(bucket.remaining(clock.monotonic())).toBeLessThanOrEqual(100)
          expect(bucket.waitMs(101, clock.monotonic())).toBe(Number.POSITIVE_INFINITY)
        }
      }),
    )
  })
})

describe.runIf(redisAvailable('shared limits'))('limits that replicas share', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await TestRedis.start()
  })
  afterAll(async () => {
    await redis[Symbol.asyncDispose]()
  })

  let runs = 0
  function replicas(count: number, prefix = `run${runs++}`, url = redis.url) {
    const stack = new AsyncDisposableStack()
    const lines: string[] = []
    const log = createLog('info', { write: (line: string) => void lines.push(line) })
    const all = Array.from({ length: count }, (_, i) => {
      const store = new ValkeyLimits({ url, prefix })
      const limits = stack.use(new SharedLimits({ store, clock: systemClock, log, replica: `r${i}`, replicas: 2 }))
      return { limits, limiter: new RateLimiter(systemClock, () => LIMITS, { limits, name: 'project' }) }
    })
    const together = () =>
      vi.waitFor(
        () =>
          expect(all.map(({ limits }) => limits.state())).toEqual(
            Array(count).fill(expect.objectContaining({ state: 'together', replicas: count })),
          ),
        PATIENT,
      )
    return { all, lines, together, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  }
  const admitted = (limiter: RateLimiter, times: number, project = 'prj_1') =>
    Array.from({ length: times }, () => limiter.admit(project, 1)).filter((one) => one.admitted).length

  it('counts what another replica admitted', async () => {
    await using two = replicas(2)
    await two.together()
    const [a, b] = two.all
    expect(admitted(a?.limiter as RateLimiter, 80)).toBe(80)
    await wait(150)
    // The first request of a replica that has heard nothing of a project finds out; from then on it knows.
    expect(admitted(b?.limiter as RateLimiter, 1)).toBe(1)
    await wait(150)
    expect(admitted(b?.limiter as RateLimiter, 100)).toBeLessThanOrEqual(20)
  })

  it('takes what was used beyond the estimate out of the shared bucket, and gives back', async () => {
    await using two = replicas(2)
    await two.together()
    const [a, b] = two.all
    const admission = a?.limiter.admit('prj_1', 10)
    if (!admission || !a || !b) throw new Error('no admission')
    a.limiter.settle(admission, 9_000)
    await wait(150)
    b.limiter.admit('prj_1', 1)
    await wait(150)
    expect(b.limiter.admit('prj_1', 2_000)).toMatchObject({ admitted: false, refusedBy: 'tokens' })
  })

  it('stays within one per cent of the limit when two processes ask at once', async () => {
    const { admitted: all, exact } = await hammer({
      url: redis.url,
      replicas: 2,
      seconds: 3,
      perMinute: 600,
      rate: 400,
    })
    expect(all).toBeLessThanOrEqual(exact * 1.03)
    expect(all).toBeGreaterThanOrEqual(exact * 0.97)
  }, 60_000)

  it('keeps to its part while the server is gone, says so once, and comes back', async () => {
    await using own = await TestRedis.start()
    await using two = replicas(2, 'gone', own.url)
    await two.together()
    await own.kill()
    await vi.waitFor(() => expect(two.all.map(({ limits }) => limits.share)).toEqual([0.5, 0.5]), PATIENT)
    for (const { limiter } of two.all) expect(admitted(limiter, 200, 'prj_2')).toBe(50)
    await wait(1_200)
    await own.start()
    await two.together()
    expect(two.all.map(({ limits }) => limits.share)).toEqual([1, 1])
    const gone = two.lines.filter((line) => line.includes('keeps to its part'))
    expect(gone).toHaveLength(2) // one for each replica
  }, 60_000)

  it('notices a server that no longer answers', async () => {
    await using own = await TestRedis.start()
    await using one = replicas(1, 'paused', own.url)
    await one.together()
    own.pause()
    admitted(one.all[0]?.limiter as RateLimiter, 1)
    await vi.waitFor(() => expect(one.all[0]?.limits.state().state).toBe('alone'), PATIENT)
    own.resume()
    await one.together()
  }, 60_000)

  it('starts without a server, at its part of the limit', async () => {
    const store = new ValkeyLimits({ url: 'valkey://127.0.0.1:1', prefix: 'none' })
    await using limits = new SharedLimits({ store, clock: systemClock, log: silentLog, replica: 'r', replicas: 4 })
    const limiter = new RateLimiter(systemClock, () => LIMITS, { limits, name: 'project' })
    expect(admitted(limiter, 200)).toBe(25)
    // What is larger than the part but not than the limit waits for a full bucket, and is not called too large.
    expect(limiter.admit('prj_3', 4_000).admitted).toBe(true)
    expect(limiter.admit('prj_3', 4_000)).toMatchObject({ admitted: false, refusedBy: 'tokens' })
    expect(limiter.admit('prj_3', 10_001).refusedBy).toBe('too_large')
  })
})
