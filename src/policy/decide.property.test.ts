import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assessment, CALIBRATED, shippedPolicy } from '../../test/support/policies.ts'
import { LABELS, type Label, type Scores } from '../screening/index.ts'
import type { DecisionInput } from './decide.ts'
import { Policy, readPolicyFile } from './policy.ts'

const policy = shippedPolicy()
const closed = Policy.load(
  readPolicyFile().replaceAll('whenUnavailable: release_unevaluated', 'whenUnavailable: refuse'),
  {
    calibratedThresholds: CALIBRATED,
  },
)

const label = fc.constantFrom(...LABELS)
/** Half of the scores lie where decisions turn. */
const score = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 0.39, 0.4, 0.48, 0.5, 0.6, 0.99, 0.995, 1),
)
const scores: fc.Arbitrary<Scores> = fc.dictionary(label, score, { maxKeys: LABELS.length, noNullPrototype: true })
const full: fc.Arbitrary<Scores> = fc
  .array(score, { minLength: LABELS.length, maxLength: LABELS.length })
  .map((values) => {
    const given: Partial<Record<Label, number>> = {}
    LABELS.forEach((name, index) => {
      given[name] = values[index] ?? 0
    })
    return given
  })

function inputs(given: fc.Arbitrary<Scores>): fc.Arbitrary<DecisionInput> {
  return fc.record({
    side: fc.constantFrom('prompt' as const, 'completion' as const),
    assessments: fc.array(
      given.map((s) => ({ ...assessment({}), scores: s })),
      { maxLength: 3 },
    ),
    unavailable: fc.uniqueArray(label, { maxLength: 4 }),
    media: fc.constantFrom([], [{ kind: 'media' as const, media: 'image' as const, pointer: '/a' }]),
    testStringAllowed: fc.boolean(),
  })
}
const input = fc.oneof(inputs(scores), inputs(full))

describe('Policy.decide, for any input', () => {
  it('gives the same answer twice, whatever was asked between', () => {
    fc.assert(
      fc.property(input, input, (a, b) => {
        const first = policy.decide(a)
        policy.decide(b)
        expect(policy.decide(a)).toEqual(first)
      }),
    )
  })

  it('never turns a refusal into an allowance when a score rises', () => {
    fc.assert(
      fc.property(input, label, score, fc.nat(2), (before, name, raised, which) => {
        const target = before.assessments[which]
        fc.pre(target !== undefined && policy.decide(before).action === 'refuse')
        const risen = { ...target, scores: { ...target?.scores, [name]: Math.max(target?.scores[name] ?? 0, raised) } }
        fc.pre(target?.scores[name] !== undefined)
        const after = { ...before, assessments: before.assessments.with(which, { ...assessment({}), ...risen }) }
        expect(policy.decide(after).action).toBe('refuse')
      }),
    )
  })

  it('never turns a refusal into an allowance when a label becomes unavailable', () => {
    fc.assert(
      fc.property(input, label, (before, name) => {
        fc.pre(policy.decide(before).action === 'refuse')
        expect(policy.decide({ ...before, unavailable: [...before.unavailable, name] }).action).toBe('refuse')
      }),
    )
  })

  it('never turns a refusal into an allowance when a score is lost, where everything fails closed', () => {
    fc.assert(
      fc.property(input, label, (before, name) => {
        fc.pre(closed.decide(before).action === 'refuse')
        expect(closed.decide(without(before, name)).action).toBe('refuse')
      }),
    )
  })

  it('names every label that it lost: nothing passes unjudged in silence', () => {
    fc.assert(
      fc.property(input, label, (before, name) => {
        const after = policy.decide(without(before, name))
        const ruled = policy
          .view()
          .sections.flatMap((s) => s.clauses)
          .some((clause) => clause[before.side] !== undefined && clause.labels.includes(name))
        expect(after.unevaluated.includes(name)).toBe(ruled)
      }),
    )
  })

  it('names clause, label and severity exactly when it refuses', () => {
    fc.assert(
      fc.property(input, (any) => {
        const decision = policy.decide(any)
        expect(decision.clause !== null).toBe(decision.action === 'refuse')
        expect(decision.reason !== null).toBe(decision.action === 'refuse')
        if (decision.clause !== null) expect(policy.clause(decision.clause).severity).toBe(decision.severity)
        if (decision.reason === 'threshold') expect(decision.score).toBeGreaterThanOrEqual(decision.threshold ?? 2)
      }),
    )
  })
})

function without(input: DecisionInput, name: Label): DecisionInput {
  const assessments = input.assessments.map((given) => {
    const { [name]: _, ...rest } = given.scores
    return { ...given, scores: rest }
  })
  return { ...input, assessments }
}
