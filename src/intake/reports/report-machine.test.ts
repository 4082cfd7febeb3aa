import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../base/errors.ts'
import { CLOSINGS, Report } from '../schema.ts'
import * as machine from './report-machine.ts'

const NOW = Date.UTC(2026, 10, 2)
const LATER = NOW + 86_400_000

function fresh(): Report {
  return machine.received({
    id: 'rep_1',
    channel: 'form',
    kind: 'misuse',
    category: null,
    about: { decision: null, model: null, surface: null },
    organisationId: null,
    anonymous: true,
    encryption: 'none',
    lookup: '0'.repeat(64),
    files: [],
    signature: 'sig',
    nowMs: NOW,
  })
}

type Step = (report: Report, nowMs: number) => Report
const STEPS: Readonly<Record<string, Step>> = {
  take: (report, nowMs) => machine.taken(report, 'per_1', nowMs),
  takeOver: (report, nowMs) => machine.taken(report, 'per_2', nowMs),
  giveBack: (report, nowMs) => machine.givenBack(report, 'per_1', nowMs),
  confirm: machine.confirmed,
  mitigate: machine.mitigated,
  reopen: machine.reopened,
  withdraw: machine.withdrawn,
  message: machine.messaged,
  answer: machine.answered,
  see: (report) => machine.seen(report, 'staff'),
  ...Object.fromEntries(
    CLOSINGS.map((as): [string, Step] => [
      `close ${as}`,
      (report, nowMs) => machine.closed(report, { as, nowMs, eraseMs: nowMs + LATER }),
    ]),
  ),
}

/** The report after a step, or as it was when the step is refused. */
function after(report: Report, name: string, nowMs: number): Report {
  try {
    return STEPS[name]?.(report, nowMs) ?? report
  } catch (error) {
    expect(error).toBeInstanceOf(AppError)
    return report
  }
}

describe('the life of a report', () => {
  it('never comes to a state that says two things', () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.integer({ min: -5_000, max: 86_400_000 })),
      {
        maxLength: 40,
      },
    )
    fc.assert(
      fc.property(steps, (names) => {
        let report = fresh()
        let nowMs = NOW
        for (const [name, elapsedMs] of names) {
          nowMs += elapsedMs
          const before = report
          report = after(report, name, nowMs)
          Report.parse(report)
          const { state, closedAs, closedAt, eraseAt, erased, confirmedAt, mitigatedAt } = report
          expect((state === 'closed') === (closedAs !== null && closedAt !== null)).toBe(true)
          expect(eraseAt === null || (state === 'closed' && !erased)).toBe(true)
          if (state === 'confirmed' || state === 'mitigated' || closedAs === 'fixed') expect(confirmedAt).not.toBeNull()
          if (state === 'mitigated' || closedAs === 'fixed') expect(mitigatedAt).not.toBeNull()
          if (state === 'received') expect(report.assignee).toBeNull()
          if (erased)
            expect([state, report.files, report.signature, report.unreadBy]).toEqual(['closed', [], null, null])
          // What is gone stays gone.
          if (before.erased) expect(report).toEqual(before)
          if (closedAs === 'withdrawn') expect(name === 'withdraw' || before.closedAs === 'withdrawn').toBe(true)
          expect(report.unanswered).toBeLessThanOrEqual(20)
          expect(
            report.answeredAt === null || before.answeredAt === null || report.answeredAt === before.answeredAt,
          ).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('goes from received to fixed, and back when that was too early', () => {
    const steps = ['take', 'confirm', 'mitigate', 'close fixed', 'reopen']
    const states: Report[] = []
    for (const name of steps) states.push(after(states.at(-1) ?? fresh(), name, LATER))
    expect(states.map(({ state }) => state)).toEqual(['triaging', 'confirmed', 'mitigated', 'closed', 'triaging'])
    expect(states.at(-1)).toMatchObject({ closedAs: null, closedAt: null, eraseAt: null, confirmedAt: null })
  })

  it.each(['confirm', 'mitigate', 'close fixed', 'close withdrawn', 'reopen', 'giveBack'])(
    'refuses %s of what was only received',
    (name) => {
      const report = fresh()
      expect(after(report, name, LATER)).toBe(report)
    },
  )

  it('counts what waits for an answer, and refuses more than that', () => {
    let report = fresh()
    for (let n = 0; n < 20; n++) report = machine.messaged(report, NOW)
    expect(() => machine.messaged(report, NOW)).toThrow('wait for an answer')
    expect(machine.messaged(machine.answered(report, NOW), NOW)).toMatchObject({ messages: 22, unanswered: 1 })
  })
})
