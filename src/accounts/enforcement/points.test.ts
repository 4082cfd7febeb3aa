import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EnforcementConfig } from '../../base/enforcement-config.ts'
import { Climber, climb, stepFor } from './ladder.ts'
import { byTime, type CountedStrike, counted, pointsOf, weightAt } from './points.ts'
import { rankOf, type Strike, type Subject } from './schema.ts'

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 0, 1)
const SETTINGS = EnforcementConfig.parse({})
const KEY: Subject = { type: 'key', id: 'key_1' }

let next = 0
function strike(given: Partial<Strike> & { atMs?: number; days?: number } = {}): CountedStrike {
  const { atMs = START, days = 30, ...rest } = given
  return counted({
    id: `str_${String(next++).padStart(8, '0')}`,
    source: 'decision',
    decisionId: null,
    patternId: null,
    endUserId: null,
    keyId: 'key_1',
    projectId: 'prj_1',
    organisationId: 'org_1',
    severity: 'moderate',
    label: null,
    clause: String(next),
    score: null,
    weight: 1,
    immediate: false,
    at: new Date(atMs).toISOString(),
    expiresAt: new Date(atMs + days * DAY_MS).toISOString(),
    by: { type: 'system', id: 'enforcement' },
    undone: null,
    ...rest,
  })
}

const anyStrike = fc
  .record({
    endUserId: fc.constantFrom(null, 'eu_a', 'eu_b', 'eu_c'),
    keyId: fc.constantFrom('key_1', 'key_2'),
    clause: fc.constantFrom('1.1', '2.1', '3.1'),
    weight: fc.constantFrom(0.5, 1, 3, 10),
    days: fc.constantFrom(7, 30, 90),
    atMs: fc.integer({ min: 0, max: 60 * DAY_MS }).map((ms) => START + ms),
  })
  .map(strike)
const anyHistory = fc.array(anyStrike, { maxLength: 25 }).map((strikes) => strikes.sort(byTime))
const anyTime = fc.integer({ min: 0, max: 200 * DAY_MS }).map((ms) => START + ms)

describe('weightAt', () => {
  it('counts whole for half of its life, then falls in a straight line to nothing', () => {
    const given = strike({ weight: 4 })
    const at = (days: number) => weightAt(given, START + days * DAY_MS)
    expect([-1, 0, 15, 22.5, 29, 30, 31].map(at)).toEqual([0, 4, 4, 2, expect.closeTo(4 / 15), 0, 0])
  })

  it('never counts once it has expired, and never grows', () => {
    fc.assert(
      fc.property(anyStrike, anyTime, fc.nat(DAY_MS * 10), (given, at, later) => {
        if (at >= given.expiresMs) expect(weightAt(given, at)).toBe(0)
        if (at >= given.atMs) expect(weightAt(given, at + later)).toBeLessThanOrEqual(weightAt(given, at))
      }),
    )
  })
})

describe('pointsOf', () => {
  it('adds up what an end user did, and passes a small share on', () => {
    const strikes = [strike({ endUserId: 'eu_a', weight: 3 }), strike({ endUserId: 'eu_a', weight: 1 })]
    const points = (subject: Subject) => pointsOf(subject, strikes, START, SETTINGS)
    expect(points({ type: 'end_user', id: 'eu_a' })).toBe(4)
    expect(points(KEY)).toBeCloseTo(0.4)
    expect(points({ type: 'project', id: 'prj_1' })).toBeCloseTo(0.1)
    expect(points({ type: 'organisation', id: 'org_1' })).toBeCloseTo(0.025)
  })

  it('counts what is asked again within the settling time once, the heaviest', () => {
    const again = (seconds: number, weight: number) => strike({ clause: '4.2', atMs: START + seconds * 1_000, weight })
    const strikes = [again(0, 1), again(10, 3), again(59, 1), again(61, 1)]
    expect(pointsOf(KEY, strikes, START + 61_000, SETTINGS)).toBe(4)
  })

  it('lets one end user alone never move a key, whatever they do', () => {
    const alone = anyHistory.map((strikes) =>
      strikes.map((s) => counted({ ...s.strike, endUserId: 'eu_a', keyId: 'key_1' })),
    )
    fc.assert(
      fc.property(alone, anyTime, (strikes, at) => {
        expect(stepFor(pointsOf(KEY, strikes, at, SETTINGS), SETTINGS.thresholds)).toBe('none')
        expect(climb(KEY, strikes, SETTINGS)).toEqual([])
      }),
    )
  })

  it('lets many end users of one key climb', () => {
    const many = Array.from({ length: 60 }, (_, i) => strike({ endUserId: `eu_${i}`, weight: 1 }))
    expect(pointsOf(KEY, many, START, SETTINGS)).toBeCloseTo(6)
    expect(climb(KEY, many, SETTINGS).map(({ step }) => step)).toEqual(['warn', 'throttle', 'restrict'])
  })

  it('counts no strike that has expired, and none before it was given', () => {
    fc.assert(
      fc.property(anyHistory, anyTime, (strikes, at) => {
        const alive = strikes.filter((s) => s.atMs <= at && at < s.expiresMs)
        for (const subject of [KEY, { type: 'organisation', id: 'org_1' } as const]) {
          expect(pointsOf(subject, strikes, at, SETTINGS)).toBeCloseTo(pointsOf(subject, alive, at, SETTINGS), 9)
        }
        if (alive.length === 0) expect(pointsOf(KEY, strikes, at, SETTINGS)).toBe(0)
      }),
    )
  })

  it('is never less for a strike more', () => {
    fc.assert(
      fc.property(anyHistory, anyStrike, anyTime, (strikes, more, at) => {
        const subject = { type: 'organisation', id: 'org_1' } as const
        const before = pointsOf(subject, strikes, at, SETTINGS)
        const after = pointsOf(
          subject,
          [...strikes, { ...more, strike: { ...more.strike, clause: 'new' } }].sort(byTime),
          at,
          SETTINGS,
        )
        expect(after).toBeGreaterThanOrEqual(before - 1e-9)
      }),
    )
  })
})

describe('the ladder', () => {
  const subject: Subject = { type: 'end_user', id: 'eu_a' }
  const climbing = (weights: number[], settings = SETTINGS) => {
    const strikes = weights.map((weight, i) => strike({ endUserId: 'eu_a', weight, atMs: START + i * 120_000 }))
    return climb(subject, strikes, settings).map(({ step }) => step)
  }

  it('takes each step once, as it is reached', () => {
    expect(climbing([1, 1, 1, 1, 1, 1, 3, 1, 1])).toEqual(['warn', 'throttle', 'restrict', 'suspend'])
    expect(climbing([10])).toEqual(['suspend'])
    expect(climbing([10, 10, 10])).toEqual(['suspend'])
  })

  it('goes no further than it may without a person', () => {
    const settings = EnforcementConfig.parse({ automaticUpTo: { endUser: 'throttle' } })
    expect(climbing([10, 10], settings)).toEqual(['throttle'])
    expect(climbing([10], EnforcementConfig.parse({ automaticUpTo: { endUser: 'none' } }))).toEqual([])
    expect(climbing([10], EnforcementConfig.parse({ automatic: false }))).toEqual([])
    expect(climbing([10, 10], EnforcementConfig.parse({ automaticUpTo: { endUser: 'ban' } }))).toEqual([
      'suspend',
      'ban',
    ])
  })

  it('suspends at once for one grave and certain strike, the innermost subject and nobody else', () => {
    const extreme = strike({ endUserId: 'eu_a', weight: 0.5, immediate: true })
    expect(new Climber(subject, SETTINGS).next([extreme], extreme, [])).toMatchObject({
      step: 'suspend',
      threshold: null,
    })
    for (const outer of [KEY, { type: 'organisation', id: 'org_1' }] as const) {
      expect(new Climber(outer, SETTINGS).next([extreme], extreme, [])).toBeNull()
    }
    const unnamed = strike({ weight: 0.5, immediate: true })
    expect(new Climber(KEY, SETTINGS).next([unnamed], unnamed, [])).toMatchObject({ step: 'suspend' })
  })

  it('takes the same steps whether it adds up each time or only where it must', () => {
    const subjects: Subject[] = [subject, KEY, { type: 'project', id: 'prj_1' }, { type: 'organisation', id: 'org_1' }]
    fc.assert(
      fc.property(anyHistory, fc.constantFrom(...subjects), (strikes, who) => {
        const mine = strikes.filter((s) => who.type !== 'key' || s.strike.keyId === who.id)
        const low = { ...SETTINGS, thresholds: { warn: 0.02, throttle: 0.1, restrict: 0.5, suspend: 4, ban: 9 } }
        const taken: ReturnType<typeof climb> = []
        mine.forEach((trigger, i) => {
          const next = new Climber(who, low).next(mine.slice(0, i + 1), trigger, taken)
          if (next !== null) taken.push(next)
        })
        expect(climb(who, mine, low)).toEqual(taken)
      }),
      { numRuns: 500 },
    )
  })

  it('never goes down while a step holds, and takes every step that the points reach', () => {
    fc.assert(
      fc.property(anyHistory, (strikes) => {
        const mine = strikes.map((s) => counted({ ...s.strike, endUserId: 'eu_a' })).sort(byTime)
        const taken = climb(subject, mine, SETTINGS)
        taken.forEach((step, i) => {
          for (const before of taken.slice(0, i)) {
            if (before.untilMs > step.atMs) expect(rankOf(step.step)).toBeGreaterThan(rankOf(before.step))
          }
        })
        for (const [i, trigger] of mine.entries()) {
          const reached = stepFor(pointsOf(subject, mine.slice(0, i + 1), trigger.atMs, SETTINGS), SETTINGS.thresholds)
          const held = taken
            .filter((t) => t.atMs <= trigger.atMs && t.untilMs > trigger.atMs)
            .map((t) => rankOf(t.step))
          expect(Math.max(0, ...held)).toBeGreaterThanOrEqual(Math.min(rankOf('suspend'), rankOf(reached)))
        }
      }),
    )
  })
})

describe('the settings', () => {
  it('refuses those under which one end user alone would move a key', () => {
    expect(EnforcementConfig.safeParse({ childCap: 20 }).success).toBe(false)
    expect(EnforcementConfig.safeParse({ shares: { key: 0.2 } }).success).toBe(false)
    expect(EnforcementConfig.safeParse({ thresholds: { warn: 5, throttle: 4 } }).success).toBe(false)
  })
})
