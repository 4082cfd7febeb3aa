import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { daysOf, isWithin, nextQuarter, QuarterId, quarterOf, spanOf } from './quarter.ts'

const instant = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2998-12-31T23:59:59Z'),
  noInvalidDate: true,
})

describe('quarters', () => {
  it('hold each instant once, and follow on each other without a gap', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const quarter = quarterOf(at.getTime())
        expect(QuarterId.safeParse(quarter).success).toBe(true)
        expect(isWithin(at.toISOString(), spanOf(quarter))).toBe(true)
        expect(spanOf(nextQuarter(quarter)).fromMs).toBe(spanOf(quarter).untilMs)
        expect(daysOf(spanOf(quarter)).length).toBe((spanOf(quarter).untilMs - spanOf(quarter).fromMs) / 86_400_000)
      }),
    )
  })

  it('end at midnight in UTC', () => {
    expect(quarterOf(Date.parse('2026-12-31T23:59:59.999Z'))).toBe('2026-q4')
    expect(quarterOf(Date.parse('2027-01-01T00:00:00.000Z'))).toBe('2027-q1')
    expect(isWithin('2027-01-01T00:00:00.000Z', spanOf('2026-q4'))).toBe(false)
    expect(isWithin(null, spanOf('2026-q4'))).toBe(false)
  })
})
