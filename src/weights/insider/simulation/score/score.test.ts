import { describe, expect, it } from 'vitest'
import type { Peak } from '../../index.ts'
import type { Manifest } from '../folder.ts'
import { bootstrap, mean, median, wilson } from './bootstrap.ts'
import { plotsOf } from './page.ts'
import type { Planted, Run } from './run.ts'
import { score } from './score.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MANIFEST: Manifest = {
  format: 'safelevel-insider/v1',
  ...{ synthetic: true, seed: 1, parameters: null },
  ...{ people: 10, days: 40, startMs: 0 },
}

/** Takes 10 bytes of 100 an hour, for `hours`. */
function campaign(person: string, startDay: number, hours: number, family: string, modelBytes = 100): Planted {
  const startsMs = startDay * DAY_MS
  const steps = Array.from({ length: hours }, (_, hour) => ({
    timeMs: startsMs + hour * HOUR_MS,
    bytes: modelBytes / 10,
  }))
  const endsMs = steps.at(-1)?.timeMs ?? startsMs
  return {
    truth: {
      id: person,
      kind: `kind-${family}`,
      family,
      people: [person],
      version: 'm/v1',
      modelBytes,
      startsMs,
      endsMs,
      activities: [],
    },
    steps,
  }
}

const peak = (person: string, timeMs: number, risk: number, episode = `${person} ${timeMs}`): Peak => ({
  person,
  timeMs,
  risk,
  episode,
})

function measured(peaks: readonly Peak[], planted: readonly Planted[]) {
  const run: Run = {
    peaks,
    planted,
    activities: 1_000,
    reading: { malformed: 2, duplicates: 1, late: 0, lines: 1_003 },
  }
  return score(run, MANIFEST, { resamples: 200, seed: 1 })
}

describe('the score', () => {
  /** 40 days, of which 13 are warm-up: 27 are scored, so that 27 false alerts are one a day. */
  const planted = [
    campaign('a', 20, 8, 'bulk'),
    campaign('b', 20, 5, 'collusion'),
    campaign('c', 25, 4, 'low_and_slow'),
    campaign('d', 30, 2, 'tampering', 0),
  ]
  const honest = Array.from({ length: 28 }, (_, index) =>
    peak(`h${index}`, (14 + (index % 20)) * DAY_MS, 10 + index / 100),
  )
  const peaks = [
    ...honest,
    peak('a', 20 * DAY_MS + 2.5 * HOUR_MS, 30), // after three steps
    peak('b', 20 * DAY_MS, 40), // as it begins
    peak('c', 25 * DAY_MS + HOUR_MS, 10), // below what 27 false alerts leave
    peak('d', 30 * DAY_MS + 6 * DAY_MS, 20), // after its end, within a week
    peak('a', 5 * DAY_MS, 99), // in the warm-up
  ]
  const found = measured(peaks, planted)

  it('is what one reckons by hand', () => {
    expect([found.warmUpDays, found.scoredDays]).toEqual([13, 27])
    // Of 28 false alerts of 10.00 to 10.27, all but the lowest are one a day.
    expect(found.thresholds.at1).toBeCloseTo(10.01)
    expect(found.alertsPerDay.at1.ofNoCampaign).toBe(1)
    expect(found.recall).toEqual({ at1: 0.75, at5: 1, at10: 1 })
    const [a, b, c, d] = found.campaigns.map((one) => one.found.at1)
    expect(a).toEqual({ isFound: true, hours: 2.5, bytes: 30, share: 0.3 })
    expect(b).toEqual({ isFound: true, hours: 0, bytes: 0, share: 0 })
    expect(c).toEqual({ isFound: false, hours: null, bytes: 40, share: 0.4 })
    expect(d).toMatchObject({ isFound: true, share: null })
    expect(found.bytesLost.median).toBeCloseTo(0.3)
    expect(found.bytesLost.at5.mean).toBeCloseTo((0.3 + 0 + 0.1) / 3)
    expect(found.hoursToDetection.at1).toBe(2.5)
    expect(found.lowAndSlow).toMatchObject({ planted: 1, recall: { at1: 0, at5: 1 }, bytesLost: 0.4, hours: null })
    expect(found.collusion).toMatchObject({ planted: 1, recall: { at1: 1 } })
    expect(found.precision.at10).toBeCloseTo(3 / 10)
    expect(found.refused).toEqual({ malformed: 2, duplicates: 1, late: 0 })
    expect(found.synthetic).toBe(true)
  })

  it('never finds less at a larger budget', () => {
    // One episode that is above every low threshold before its campaign begins, and far above it in it.
    const early = [
      peak('a', 14 * DAY_MS, 2, 'e'),
      peak('a', 20 * DAY_MS, 50, 'e'),
      ...honest.map((one) => ({ ...one, risk: 1 })),
    ]
    const { recall } = measured(early, [campaign('a', 20, 4, 'bulk')])
    expect(recall.at5).toBeGreaterThanOrEqual(recall.at1)
    expect(recall.at10).toBeGreaterThanOrEqual(recall.at5)
  })

  it('counts every certain alert, and says so when these alone are too many', () => {
    const certain = Array.from({ length: 28 }, (_, index) => peak(`x${index}`, 20 * DAY_MS, Number.POSITIVE_INFINITY))
    const { thresholds, recall } = measured([...certain, peak('a', 20 * DAY_MS, 50)], planted)
    expect(thresholds.at1).toBeNull()
    expect(recall.at1).toBe(0)
    expect(recall.at5).toBe(0.25)
  })

  it('has nothing to say of nothing', () => {
    const nothing = measured([], [])
    expect(nothing.recall).toEqual({ at1: 0, at5: 0, at10: 0 })
    expect(nothing.intervals.recall.at1).toBeNull()
    expect(JSON.stringify(nothing)).not.toContain('NaN')
  })

  it('draws what it says, calls it synthetic, and takes names for text', () => {
    const hostile = measured(peaks, [campaign('<script>', 20, 3, '<b>&"')])
    const files = plotsOf(hostile)
    expect(Object.keys(files).sort()).toEqual(['bytes-lost.svg', 'index.html', 'kinds.svg', 'recall.svg'])
    expect(files['index.html']).toContain('Synthetic evidence')
    for (const text of Object.values(files)) expect(text).not.toMatch(/<script>|<b>|NaN|Infinity/)
  })
})

describe('intervals', () => {
  it('are the same for the same seed, and hold the value', () => {
    const values = [0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    const interval = bootstrap(values, mean, { resamples: 1_000, seed: 4 })
    expect(bootstrap(values, mean, { resamples: 1_000, seed: 4 })).toEqual(interval)
    expect(interval?.[0]).toBeCloseTo(0.5, 1)
    expect(interval?.[1]).toBe(1)
    expect(bootstrap([], mean, { resamples: 10, seed: 1 })).toBeNull()
  })

  it('of a share are Wilson’s: 15 of 15, and 8 of 10', () => {
    // z²/(n+z²) below one: 1 - 3.8415/18.8415
    expect(wilson(15, 15)?.[0]).toBeCloseTo(0.7961, 3)
    expect(wilson(15, 15)?.[1]).toBe(1)
    expect(wilson(8, 10)?.map((one) => Number(one.toFixed(3)))).toEqual([0.49, 0.943])
    expect(wilson(0, 0)).toBeNull()
  })

  it('of single values has the median in the middle', () => {
    expect(median([3, 1, 2, 10])).toBe(2.5)
    expect(median([])).toBeNaN()
  })
})
