import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { iso } from '../../base/clock.ts'
import { type ClockFacts, clocksOf, pressing, STATUTES } from './clocks.ts'

const DAY = 86_400_000
const TIMES = {
  firstAnswerDays: 5,
  triageDays: 10,
  mitigationDays: { informational: null, low: 180, medium: 90, high: 30, critical: 7 },
  disclosureDays: 90,
}
const RECEIVED = Date.UTC(2028, 0, 31, 23, 59, 59)
const FACTS: ClockFacts = {
  receivedAt: iso(RECEIVED),
  awareAt: null,
  answeredAt: null,
  triagedAt: null,
  mitigatedAt: null,
  closedAt: null,
  band: 'critical',
  publicOn: null,
  publishedAt: null,
  duties: STATUTES.map((id) => ({ id, reportedAt: null })),
}
const due = (facts: ClockFacts, id: string) => clocksOf(facts, TIMES, RECEIVED).find((one) => one.id === id)?.dueAt

describe('the clocks of a report', () => {
  it('count days of UTC over the ends of months and leap days', () => {
    expect(due(FACTS, 'first_answer')).toBe('2028-02-05T23:59:59.000Z')
    expect(due(FACTS, 'eu_serious_harm')).toBe('2028-02-15T23:59:59.000Z')
    expect(due({ ...FACTS, receivedAt: '2028-02-28T12:00:00.000Z' }, 'eu_infrastructure')).toBe(
      '2028-03-01T12:00:00.000Z',
    )
    expect(due({ ...FACTS, receivedAt: '2027-02-28T12:00:00.000Z' }, 'eu_infrastructure')).toBe(
      '2027-03-02T12:00:00.000Z',
    )
  })

  it.each([
    ['sb53_imminent', 1],
    ['sb53_incident', 15],
    ['eu_infrastructure', 2],
    ['eu_cybersecurity', 5],
    ['eu_death', 10],
    ['eu_serious_harm', 15],
  ])('%s is due within %i days, and says by which text', (id, days) => {
    const clock = clocksOf(FACTS, TIMES, RECEIVED).find((one) => one.id === id)
    expect(clock).toMatchObject({ statutory: true, dueAt: iso(RECEIVED + days * DAY), state: 'running' })
    expect(clock?.basis).toMatch(/SB 53|EU Code/)
  })

  it('count from awareness where that was earlier, and never from later', () => {
    const earlier = iso(RECEIVED - 3 * DAY)
    expect(due({ ...FACTS, awareAt: earlier }, 'triage')).toBe(iso(RECEIVED + 7 * DAY))
    expect(due({ ...FACTS, awareAt: iso(RECEIVED + DAY) }, 'triage')).toBe(iso(RECEIVED + 10 * DAY))
  })

  it('promise no mitigation before somebody has said how grave it is, nor of what is only informational', () => {
    expect(due({ ...FACTS, band: null }, 'mitigation')).toBeUndefined()
    expect(due({ ...FACTS, band: 'informational' }, 'mitigation')).toBeUndefined()
  })

  it('end with the report, but for duties by law', () => {
    const closed = { ...FACTS, closedAt: iso(RECEIVED + DAY) }
    const late = clocksOf(closed, TIMES, RECEIVED + 400 * DAY)
    for (const { statutory, state } of late) expect(state).toBe(statutory ? 'overdue' : 'moot')
  })

  const moment = fc.integer({ min: 0, max: 400 * DAY })
  it('are met or late by when it was done, whatever the clock says now', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: -400 * DAY, max: 800 * DAY }), (after, now) => {
        const facts = { ...FACTS, triagedAt: iso(RECEIVED + after) }
        const triage = clocksOf(facts, TIMES, RECEIVED + now).find(({ id }) => id === 'triage')
        expect(triage?.state).toBe(after <= 10 * DAY ? 'met' : 'late')
      }),
    )
  })

  it('are overdue exactly after the time is up, and stand in the order in which they fall due', () => {
    fc.assert(
      fc.property(moment, (after) => {
        const clocks = clocksOf(FACTS, TIMES, RECEIVED + after)
        for (const { dueAt, state } of clocks) expect(state === 'overdue').toBe(Date.parse(dueAt) < RECEIVED + after)
        const dues = clocks.map(({ dueAt }) => dueAt)
        expect(dues).toEqual([...dues].sort())
        const first = pressing(clocks)
        if (clocks.some(({ state }) => state === 'overdue')) expect(first?.state).toBe('overdue')
        else expect(first).toEqual(clocks[0])
      }),
    )
  })
})
