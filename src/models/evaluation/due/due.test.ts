import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ComputeGrowth } from '../compute/index.ts'
import { addMonths, admitSegment, CADENCES, type Due, dueOf } from './index.ts'

const T0 = Date.UTC(2026, 0, 31, 12)
const DAY = 86_400_000
const growth = (kHi: number): ComputeGrowth => ({ k: kHi, kHi, confidence: 'low', estimates: [] })
const reference = { basis: 'cleared', checkpoint: 'atlas/c1', atMs: T0 } as const
const ask = (over: object): Due =>
  dueOf({
    cadence: CADENCES['rsp-1.0'],
    reference,
    growth: growth(1),
    orders: [],
    elicitations: [],
    nowMs: T0,
    ...over,
  })
const rules = (due: Due) => due.reasons.map(({ rule }) => rule)

describe('calendar months', () => {
  it.each([
    ['2026-01-31T12:00:00.000Z', 1, '2026-02-28T12:00:00.000Z'],
    ['2024-01-31T00:00:00.000Z', 1, '2024-02-29T00:00:00.000Z'],
    ['2025-11-30T23:59:59.999Z', 3, '2026-02-28T23:59:59.999Z'],
    ['2026-08-31T00:00:00.000Z', 6, '2027-02-28T00:00:00.000Z'],
    ['2026-03-29T01:30:00.000Z', 6, '2026-09-29T01:30:00.000Z'],
    ['2024-02-29T00:00:00.000Z', 12, '2025-02-28T00:00:00.000Z'],
  ])('%s and %i months are %s', (from, months, to) => {
    expect(new Date(addMonths(Date.parse(from), months)).toISOString()).toBe(to)
  })

  it('never jump a month, keep the time of day and grow with their number', () => {
    const when = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2100, 0, 1) })
    fc.assert(
      fc.property(when, fc.integer({ min: 0, max: 24 }), (ms, months) => {
        const [from, to] = [new Date(ms), new Date(addMonths(ms, months))]
        expect(to.getUTCFullYear() * 12 + to.getUTCMonth()).toBe(
          from.getUTCFullYear() * 12 + from.getUTCMonth() + months,
        )
        expect(to.getTime() % DAY).toBe(from.getTime() % DAY)
        expect(to.getUTCDate()).toBeLessThanOrEqual(from.getUTCDate())
        expect(addMonths(ms, months + 1)).toBeGreaterThan(to.getTime())
      }),
    )
  })
})

describe('the due rule', () => {
  it('is not due a moment before, and due at the very limit', () => {
    const limit = addMonths(T0, 3)
    expect(ask({ nowMs: limit - 1 }).due).toBe(false)
    expect(rules(ask({ nowMs: limit }))).toEqual(['calendar'])
    expect(ask({ growth: growth(3.999_999) }).due).toBe(false)
    expect(rules(ask({ growth: growth(4) }))).toEqual(['compute'])
    expect(ask({ cadence: CADENCES['rsp-2.2'], nowMs: limit }).due).toBe(false)
  })

  it('is due by order and by a new method, from the reference on and not before', () => {
    const late = [{ id: 'ord_1', atMs: T0 + 1 }]
    const early = [{ id: 'ord_0', atMs: T0 - 1 }]
    expect(rules(ask({ orders: late }))).toEqual(['order'])
    expect(rules(ask({ elicitations: late }))).toEqual(['elicitation'])
    expect(ask({ orders: early, elicitations: early }).due).toBe(false)
  })

  it('is due, and pauses, when there is nothing to count from', () => {
    expect(ask({ reference: null })).toMatchObject({ due: true, pause: true, headroom: null })
    expect(ask({ growth: null })).toMatchObject({ due: true, pause: true })
  })

  it('takes what is no number, or without bound, for the worst', () => {
    expect(ask({ growth: growth(Number.NaN) })).toMatchObject({ due: true, pause: true })
    expect(ask({ growth: growth(Number.POSITIVE_INFINITY) })).toMatchObject({ due: true, pause: true, headroom: 0 })
  })

  it('shows what is left of the buffer, and pauses when nothing is', () => {
    expect(ask({ growth: growth(4) })).toMatchObject({ headroom: 1.5, pause: false })
    expect(ask({ growth: growth(5) })).toMatchObject({ headroom: 1.2, pause: false })
    expect(ask({ growth: growth(6) })).toMatchObject({ headroom: 1, pause: true })
  })

  it('once due stays due as time passes and compute grows', () => {
    const k = fc.double({ min: 0.5, max: 10, noNaN: true })
    const days = fc.integer({ min: 0, max: 400 })
    fc.assert(
      fc.property(k, days, k, days, (k1, d1, k2, d2) => {
        const before = ask({ growth: growth(k1), nowMs: T0 + d1 * DAY })
        const after = ask({ growth: growth(Math.max(k1, k2)), nowMs: T0 + Math.max(d1, d2) * DAY })
        if (before.due) expect(after.due).toBe(true)
        if (before.pause) expect(after.pause).toBe(true)
      }),
    )
  })
})

describe('a planned segment', () => {
  const admit = (due: Due, endKHi: number, over: object = {}) =>
    admitSegment({ cadence: CADENCES['rsp-1.0'], due, endKHi, endMs: null, evaluatingKHi: null, ...over })

  it('goes on below every limit', () => {
    expect(admit(ask({}), 3.9, { endMs: T0 + DAY })).toEqual({ answer: 'continue' })
  })

  it.each([
    ['would pass the interval', ask({}), 4, {}, 'evaluate-now', 'ahead'],
    ['would pass the calendar', ask({}), 2, { endMs: addMonths(T0, 3) + 1 }, 'evaluate-now', 'ahead'],
    ['is due already', ask({ nowMs: addMonths(T0, 3) }), 1.1, {}, 'evaluate-now', 'due'],
    ['would reach the buffer', ask({}), 6, {}, 'pause', 'buffer'],
    ['would reach it during an assessment', ask({}), 6, { evaluatingKHi: 4 }, 'pause', 'buffer'],
    ['would outrun an assessment', ask({}), 5.5, { evaluatingKHi: 3 }, 'pause', 'buffer'],
    ['would end nobody knows where', ask({}), Number.NaN, {}, 'pause', 'buffer'],
  ])('that %s is not trained', (_, due, end, over, answer, rule) => {
    expect(admit(due, end, over)).toMatchObject({ answer, rule })
  })

  it('goes on while an assessment looks at what is due, within the buffer', () => {
    const due = ask({ growth: growth(4), nowMs: addMonths(T0, 4) })
    expect(admit(due, 5.9, { evaluatingKHi: 4 })).toEqual({ answer: 'continue' })
    // Beginning early costs nothing.
    expect(admit(ask({}), 3.9, { evaluatingKHi: 1.1 })).toEqual({ answer: 'continue' })
  })

  it('is never admitted past 4 times or the calendar without an assessment, nor to 6 times at all', () => {
    const k = fc.double({ min: 0.1, max: 12, noNaN: true })
    const days = fc.integer({ min: 0, max: 200 })
    const evaluating = fc.option(k, { nil: null })
    fc.assert(
      fc.property(k, k, days, days, evaluating, (now, end, day, endDay, evaluatingKHi) => {
        const due = ask({ growth: growth(now), nowMs: T0 + day * DAY })
        const endMs = T0 + Math.max(day, endDay) * DAY
        const { answer } = admit(due, Math.max(now, end), { endMs, evaluatingKHi })
        if (answer !== 'continue') return
        expect(Math.max(now, end)).toBeLessThan(6)
        if (evaluatingKHi === null) {
          expect(Math.max(now, end)).toBeLessThan(4)
          expect(endMs).toBeLessThanOrEqual(addMonths(T0, 3))
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
