import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../base/errors.ts'
import { decided, filed, givenBack, restored, taken, withdrawn } from './appeal-machine.ts'
import { Appeal, type AppealOutcome } from './schema.ts'

/** What must be true of an appeal, told without the machine: a list of what happened to it. */
interface Model {
  closed: 'withdrawn' | AppealOutcome | null
  holder: string | null
  /** Who decided. */
  by: string | null
  undone: boolean
}

interface Real {
  appeal: Appeal
  nowMs: number
}

const PEOPLE = ['per_a', 'per_b', 'per_c'] as const
const person = fc.constantFrom(...PEOPLE)
const outcome = fc.constantFrom<AppealOutcome>('upheld', 'overturned', 'partly')
const attempt = (real: Real, step: (appeal: Appeal) => Appeal): 'done' | string => {
  try {
    real.appeal = Appeal.parse(step(real.appeal))
    return 'done'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

/** Runs a step on both, and holds what each says of the result against the other. */
function step(
  name: string,
  expected: (model: Model) => 'done' | 'CONFLICT' | 'FORBIDDEN',
  change: (model: Model) => void,
  apply: (appeal: Appeal, nowMs: number) => Appeal,
): fc.Command<Model, Real> {
  return {
    check: () => true,
    toString: () => name,
    run: (model, real) => {
      const before = real.appeal
      real.nowMs += 1_000
      const should = expected(model)
      expect(`${name}: ${attempt(real, (appeal) => apply(appeal, real.nowMs))}`).toBe(`${name}: ${should}`)
      if (should === 'done') change(model)
      else expect(real.appeal).toBe(before)
      invariants(model, real)
    },
  }
}

function invariants(model: Model, { appeal }: Real): void {
  expect(appeal.state).toBe(model.closed ?? 'open')
  expect(appeal.hearer).toBe(model.holder)
  expect(appeal.closedAt === null).toBe(model.closed === null)
  expect(appeal.eraseAt === null).toBe(model.closed === null)
  expect(appeal.decidedBy).toBe(model.by)
  expect(appeal.decidedAt === null).toBe(model.by === null)
  const wrong = model.closed === 'overturned' || model.closed === 'partly'
  expect(appeal.effects).toBe(wrong ? (model.undone ? 'restored' : 'pending') : 'none')
  expect(appeal.falsePositive).toBe(model.closed === 'overturned')
}

const open = (model: Model) => model.closed === null

const commands = [
  person.map((by) =>
    step(
      `take ${by}`,
      (m) => (open(m) && (m.holder === null || m.holder === by) ? 'done' : 'CONFLICT'),
      (m) => {
        m.holder = by
      },
      (appeal, now) => taken(appeal, by, now),
    ),
  ),
  person.map((by) =>
    step(
      `give back ${by}`,
      (m) => (!open(m) ? 'CONFLICT' : m.holder === by ? 'done' : 'FORBIDDEN'),
      (m) => {
        m.holder = null
      },
      (appeal) => givenBack(appeal, by),
    ),
  ),
  fc.tuple(person, outcome).map(([by, how]) =>
    step(
      `decide ${how} ${by}`,
      (m) => (open(m) && m.holder === by ? 'done' : 'CONFLICT'),
      (m) => {
        m.closed = how
        m.by = by
      },
      (appeal, now) => decided(appeal, { outcome: how, by, nowMs: now, eraseMs: now + 1 }),
    ),
  ),
  fc.constant(
    step(
      'withdraw',
      (m) => (open(m) ? 'done' : 'CONFLICT'),
      (m) => {
        m.closed = 'withdrawn'
        m.holder = null
      },
      (appeal, now) => withdrawn(appeal, now, now + 1),
    ),
  ),
  fc.constant(
    step(
      'restore',
      () => 'done',
      (m) => {
        if (m.closed === 'overturned' || m.closed === 'partly') m.undone = true
      },
      (appeal) => restored(appeal, ['str_1']),
    ),
  ),
]

describe('the life of an appeal', () => {
  it('is as the model has it, whatever is tried in whatever order', () => {
    let decisions = 0
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 30 }), (given) => {
        fc.modelRun(() => {
          const appeal = filed({
            id: 'apl_1',
            about: { type: 'decision', id: 'dec_1' },
            channel: 'public',
            organisationId: null,
            filedBy: null,
            secretHash: null,
            nowMs: 0,
            dueMs: 1,
          })
          const real: Real = { appeal, nowMs: 0 }
          const model: Model = { closed: null, holder: null, by: null, undone: false }
          return { model, real }
        }, given)
        if ([...given].some((c) => c.toString().startsWith('decide'))) decisions++
      }),
      { numRuns: 500 },
    )
    expect(decisions).toBeGreaterThan(100)
  })
})
