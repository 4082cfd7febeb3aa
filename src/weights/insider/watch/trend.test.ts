import { describe, expect, it } from 'vitest'
import { trendOf, withPoint } from './trend.ts'

const HOUR_MS = 3_600_000
const at = (risk: number, id = 'per_1') => ({ of: 'person' as const, id, risk, causes: [] })

describe('the trend of risk', () => {
  it('has a point every six hours, and the newest of each', () => {
    const first = withPoint(null, [at(1)], 0)
    const second = withPoint(first, [at(2.345)], 5 * HOUR_MS)
    const third = withPoint(second, [at(3)], 6 * HOUR_MS)
    expect(trendOf(third, 'person', 'per_1')).toEqual([2.35, 3])
  })

  it('stands where it was while nothing was looked at', () => {
    const first = withPoint(null, [at(4)], 0)
    expect(trendOf(withPoint(first, [at(1)], 24 * HOUR_MS), 'person', 'per_1')).toEqual([4, 4, 4, 4, 1])
  })

  it('goes back no more than fourteen days, whatever the clock does', () => {
    const first = withPoint(null, [at(4)], 0)
    const last = trendOf(withPoint(first, [at(1)], 1e12), 'person', 'per_1')
    expect(last).toHaveLength(56)
    expect(last.at(-1)).toBe(1)
    const back = withPoint(withPoint(null, [at(4)], 1e12), [at(2)], 0)
    expect(trendOf(back, 'person', 'per_1')).toEqual([2])
  })

  it('forgets who is on the board no more', () => {
    const gone = withPoint(withPoint(null, [at(4)], 0), [at(2, 'per_2')], 6 * HOUR_MS)
    expect(trendOf(gone, 'person', 'per_1')).toEqual([])
    expect(trendOf(gone, 'host', 'per_2')).toEqual([])
  })
})
