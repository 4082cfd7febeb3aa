import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseReviewConfig, SEVERITIES } from './config.ts'
import { stretchOf } from './exposure.ts'
import { marginOf, OVERDUE_RANK_LIFT, rankOf } from './queues.ts'

const { slaMs } = parseReviewConfig({})
const severity = fc.constantFrom(...SEVERITIES)
const at = fc.integer({ min: Date.UTC(2024), max: Date.UTC(2100) })
const margin = fc.double({ min: 0, max: 1, noNaN: true })
const about = fc.record({ severity, openedAtMs: at, margin, overdue: fc.constant(false) })

describe('the order of work', () => {
  it('is by severity first, whatever the age and the score', () => {
    fc.assert(
      fc.property(about, about, (a, b) => {
        const [rankA, rankB] = [rankOf({ ...a, slaMs }), rankOf({ ...b, slaMs })]
        expect(Number.isSafeInteger(rankA)).toBe(true)
        const graver = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
        if (graver !== 0) expect(Math.sign(rankB - rankA)).toBe(Math.sign(graver))
        else if (a.margin === b.margin) expect(Math.sign(rankA - rankB)).toBe(Math.sign(a.openedAtMs - b.openedAtMs))
      }),
    )
  })

  it('lifts what is overdue over one severity, never over two, by the same step as the store does', () => {
    fc.assert(
      fc.property(about, about, (a, b) => {
        const late = rankOf({ ...a, overdue: true, slaMs })
        expect(late).toBe(rankOf({ ...a, slaMs }) - OVERDUE_RANK_LIFT)
        const graver = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity)
        if (graver === 1) expect(late).toBeLessThan(rankOf({ ...b, slaMs }))
        if (graver > 1) expect(late).toBeGreaterThan(rankOf({ ...b, slaMs }))
      }),
    )
  })

  it('knows how clear a score is', () => {
    expect([marginOf(null, null), marginOf(0.8, null), marginOf(0.5, 1), marginOf(0.2, 0.6)]).toEqual([
      0.5, 0.8, 0.5, 0,
    ])
    expect(marginOf(0.9, 0.8)).toBeCloseTo(0.5)
    fc.assert(
      fc.property(margin, margin, (score, threshold) => {
        expect(marginOf(score, threshold)).toBeGreaterThanOrEqual(0)
        expect(marginOf(score, threshold)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('stretchOf', () => {
  const rules = { breakAfterItems: 3, breakMs: 100 }
  const times = (...ms: number[]) => ms.map((one) => new Date(one))
  it.each([
    ['nothing seen', [], 1_000, 0, null],
    ['a break just now', [900], 1_000, 0, null],
    ['two in a row', [950, 940], 1_000, 2, null],
    ['three in a row', [950, 940, 930], 1_000, 3, 1_050],
    ['three with a break between', [950, 940, 800], 1_000, 2, null],
  ] as const)('counts %s', (_, seen, now, items, breakUntilMs) => {
    expect(stretchOf(times(...seen), rules, now)).toEqual({ items, breakUntilMs })
  })
})

describe('the configuration', () => {
  it('names what is wrong', () => {
    expect(() => parseReviewConfig({ claimMs: 600_000, claimMaxMs: 60_000 })).toThrow('claimMaxMs')
    expect(() => parseReviewConfig({ secondReadShare: 2 })).toThrow('secondReadShare')
    expect(() => parseReviewConfig({ slaMs: { low: 1 } })).toThrow('slaMs')
    expect(() => parseReviewConfig({ nonsense: 1 })).toThrow('nonsense')
  })
})
