import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Peak } from '../../index.ts'
import type { Planted } from './run.ts'
import { alertsAt, Belonging, pointFor, precisionAt, sweep } from './sweep.ts'

const DAY_MS = 86_400_000

const planted = (people: string[], startsMs: number, endsMs: number): Planted => ({
  truth: {
    ...{ id: `${people[0]} ${startsMs}`, kind: 'k', people, version: 'm/v1', modelBytes: 100 },
    ...{ startsMs, endsMs, activities: [] },
  },
  steps: [],
})

/** Rising peaks of some episodes, as a detector tells of them. */
const episodes: fc.Arbitrary<Peak[]> = fc
  .array(
    fc.record({
      person: fc.constantFrom('a', 'b', 'c'),
      startMs: fc.nat(20 * DAY_MS),
      rises: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 5 }),
    }),
    { maxLength: 8 },
  )
  .map((found) =>
    found.flatMap(({ person, startMs, rises }, episode) => {
      let risk = 0
      return rises.map((by, index) => {
        risk += by
        return { person, timeMs: startMs + index * 3_600_000, risk, episode: `${episode}` }
      })
    }),
  )

describe('the sweep over thresholds', () => {
  it('counts at each threshold what the alerts at that threshold are', () => {
    const campaigns = [planted(['a', 'b'], 2 * DAY_MS, 3 * DAY_MS), planted(['b'], 8 * DAY_MS, 9 * DAY_MS)]
    const belonging = new Belonging(campaigns)
    fc.assert(
      fc.property(episodes, fc.nat(5 * DAY_MS), (peaks, fromMs) => {
        for (const { threshold, ...counted } of sweep(peaks, campaigns, fromMs)) {
          const alerts = alertsAt(peaks, threshold, fromMs)
          const owners = alerts.map((alert) => belonging.of(alert))
          expect(counted).toEqual({
            alerts: alerts.length,
            falseAlerts: owners.filter(({ length }) => length === 0).length,
            found: new Set(owners.flat()).size,
          })
        }
      }),
    )
  })

  it('tells of an episode when it reaches the threshold, and again when it is much graver', () => {
    const risks = [3, 9, 10, 12, 14, 15, 19, 20, 40]
    const peaks = risks.map((risk, index) => ({ person: 'a', timeMs: index, risk, episode: 'e' }))
    expect(alertsAt(peaks, 10, 0).map(({ risk }) => risk)).toEqual([10, 14, 20])
    expect(alertsAt(peaks, 7, 0).map(({ risk }) => risk)).toEqual([9, 10, 14])
    expect(alertsAt(peaks, 10, 3).map(({ risk }) => risk)).toEqual([14, 20])
  })

  it('stops before the first threshold that is over the budget', () => {
    const peak = (person: string, risk: number) => ({ person, timeMs: DAY_MS, risk, episode: person })
    const points = sweep([peak('x', 90), peak('y', 50), peak('z', 10)], [planted(['y'], 0, DAY_MS)], 0)
    expect(pointFor(points, 0)).toBeNull()
    // 90 and its rising steps are one false alert; z's 10 is the second one.
    expect(pointFor(points, 1)?.threshold).toBeGreaterThan(10)
    expect(pointFor(points, 1)?.threshold).toBeLessThanOrEqual(90 / 2)
    expect(pointFor(points, 1)).toMatchObject({ falseAlerts: 1, found: 1 })
    expect(pointFor(points, 99)?.found).toBe(1)
    expect(pointFor([], 5)).toBeNull()
  })

  it('takes an alert for a campaign’s from its first step until a week after its last', () => {
    const belonging = new Belonging([planted(['a'], 5 * DAY_MS, 6 * DAY_MS)])
    const at = (day: number, person = 'a') => belonging.of({ person, timeMs: day * DAY_MS })
    expect([at(4.99), at(5), at(13), at(13.01), at(6, 'b')]).toEqual([[], [0], [0], [], []])
  })

  it('ranks episodes by their height', () => {
    const peaks = [
      { person: 'a', timeMs: 1, risk: 2, episode: '1' },
      { person: 'a', timeMs: 2, risk: 9, episode: '1' },
      { person: 'b', timeMs: 3, risk: 5, episode: '2' },
      { person: 'c', timeMs: 4, risk: 1, episode: '3' },
    ]
    const campaigns = [planted(['a'], 0, 10)]
    expect(precisionAt(peaks, campaigns, 0, 1)).toBe(1)
    expect(precisionAt(peaks, campaigns, 0, 2)).toBe(0.5)
    expect(precisionAt(peaks, campaigns, 0, 10)).toBeCloseTo(1 / 3)
    expect(precisionAt([], campaigns, 0, 10)).toBeNull()
  })
})
