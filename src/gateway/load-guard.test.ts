import { afterEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../base/clock.ts'
import { LoadGuard } from './load-guard.ts'

const clock = new ManualClock()
let guard: LoadGuard | null = null
const open = (limits: { maxConcurrent: number; maxEventLoopDelayMs: number }) => {
  guard = new LoadGuard(() => limits, clock)
  return guard
}
/** One sample that comes so much too late. */
const late = (ms: number) => {
  clock.advance(200 + ms)
  guard?.sample()
}
afterEach(() => guard?.close())

describe('what is too much', () => {
  it('is more requests at once than the limit', () => {
    open({ maxConcurrent: 2, maxEventLoopDelayMs: 0 })
    expect([guard?.overload(1), guard?.overload(2), guard?.overload(3)]).toEqual([null, null, 'concurrency'])
  })

  it('is an event loop that stays late, not one late moment', () => {
    open({ maxConcurrent: 10, maxEventLoopDelayMs: 100 })
    late(5_000)
    expect(guard?.overload(1)).toBeNull()
    late(150)
    expect(guard?.overload(1)).toBeNull()
    late(150)
    expect([guard?.overload(1), guard?.delayMs]).toEqual(['event_loop', 150])
    late(20)
    expect([guard?.overload(1), guard?.delayMs]).toEqual([null, 20])
  })

  it('is no delay where the limit is 0', () => {
    open({ maxConcurrent: 10, maxEventLoopDelayMs: 0 })
    for (let i = 0; i < 5; i++) late(60_000)
    expect(guard?.overload(1)).toBeNull()
  })
})
