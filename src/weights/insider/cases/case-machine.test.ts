import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../base/errors.ts'
import { LEVELS, STEPS } from '../config.ts'
import { assigned, begun, closed, joined, noted, opened, presented, wanting, withStep } from './case-machine.ts'
import type { RaisedAlert } from './raised.ts'
import { Case, OUTCOMES } from './schema.ts'

const START_MS = Date.UTC(2026, 0, 1)

const alerts: fc.Arbitrary<RaisedAlert> = fc.record({
  id: fc.stringMatching(/^ialr_[a-f0-9]{8}$/),
  person: fc.constant('per_1'),
  timeMs: fc.integer({ min: START_MS, max: START_MS + 86_400_000 }),
  risk: fc.double({ min: 1, max: 100, noNaN: true }),
  level: fc.constantFrom(...LEVELS),
  reasons: fc.array(
    fc.record({
      cause: fc.constantFrom('a', 'b', 'c'),
      says: fc.string(),
      weight: fc.double({ min: 0.1, max: 9, noNaN: true }),
      timeMs: fc.constant(START_MS),
      activity: fc.string(),
    }),
    { maxLength: 4 },
  ),
  evidence: fc.constant([]),
})

type Move = (one: Case, nowMs: number) => Case
const moves: fc.Arbitrary<Move> = fc.oneof(
  alerts.map(
    (alert): Move =>
      (one, nowMs) =>
        joined(one, alert, nowMs),
  ),
  fc.constant<Move>((one, nowMs) => presented(one, nowMs)),
  fc.constant<Move>((one, nowMs) => opened(one, 'apr_1', ['per_2', 'per_3'], nowMs)),
  fc.constant<Move>((one, nowMs) => noted(one, 'read', 'per_2', nowMs)),
  fc.tuple(fc.constantFrom('per_2', 'per_3'), fc.boolean()).map(
    ([by, take]): Move =>
      (one, nowMs) =>
        assigned(one, by, take, nowMs),
  ),
  fc.constantFrom(...OUTCOMES).map(
    (outcome): Move =>
      (one, nowMs) =>
        closed(one, outcome, 'per_2', nowMs),
  ),
  fc.tuple(fc.subarray([...STEPS]), fc.constantFrom('pending' as const, 'held' as const)).map(
    ([steps, state]): Move =>
      (one, nowMs) =>
        wanting(one, steps, { by: 'policy', nowMs, state }),
  ),
  fc.nat({ max: 5 }).map(
    (number): Move =>
      (one) =>
        withStep(one, number, { state: 'done' }),
  ),
)

describe('a case, whatever is tried with it', () => {
  it('keeps what it owes', () => {
    fc.assert(
      fc.property(alerts, fc.array(moves, { maxLength: 30 }), (first, tried) => {
        let one = begun(first, { id: 'icase_1', pseudonym: 'P-0000-0000', tag: 't', drill: false }, START_MS)
        tried.forEach((move, i) => {
          const before = one
          try {
            one = move(one, START_MS + i)
          } catch (error) {
            expect(error).toBeInstanceOf(AppError)
            return
          }
          expect(Case.parse(one)).toEqual(one)
          // What is closed stays as it was closed, and nobody is unveiled by anything but opening.
          if (before.state === 'closed') expect([one.state, one.outcome]).toEqual(['closed', before.outcome])
          if (before.openedAt === null && one.openedAt !== null) expect(one.openedBy).toHaveLength(2)
          if (one.outcome === 'confirmed') expect(one.openedAt).not.toBeNull()
          // It only ever gets graver, and knows what was done.
          expect(LEVELS.indexOf(one.level)).toBeGreaterThanOrEqual(LEVELS.indexOf(before.level))
          expect(one.risk).toBeGreaterThanOrEqual(before.risk)
          expect(one.containment.length).toBeGreaterThanOrEqual(before.containment.length)
          expect(one.containment.map(({ number }) => number)).toEqual(one.containment.map((_, n) => n + 1))
          for (const step of STEPS)
            expect(
              one.containment.filter((known) => known.step === step && known.state === 'pending').length,
            ).toBeLessThan(2)
          expect(one.causes).toEqual([...new Set(one.causes)])
          expect(one.history.length).toBeGreaterThanOrEqual(before.history.length)
        })
      }),
    )
  })
})

describe('who works on a case', () => {
  const raised: RaisedAlert = {
    ...{ id: 'ialr_00000000', person: 'per_1', timeMs: START_MS, risk: 20, level: 'high', reasons: [], evidence: [] },
  }
  const one = begun(raised, { id: 'icase_1', pseudonym: 'P-0000-0000', tag: 'tag', drill: false }, START_MS)

  it('takes it, also from somebody else, and lets go of their own', () => {
    const taken = assigned(one, 'per_2', true, START_MS)
    expect(taken.assignee).toBe('per_2')
    expect(assigned(taken, 'per_2', true, START_MS)).toBe(taken)
    expect(assigned(taken, 'per_3', true, START_MS).assignee).toBe('per_3')
    expect(() => assigned(taken, 'per_3', false, START_MS)).toThrow('somebody else works on this case')
    expect(assigned(taken, 'per_2', false, START_MS)).toMatchObject({ assignee: null, history: { length: 3 } })
  })

  it('is nobody any more once it is closed', () => {
    const over = closed(one, 'benign', 'per_2', START_MS)
    expect(() => assigned(over, 'per_2', true, START_MS)).toThrow(AppError)
  })
})
