import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assessment, CALIBRATED, shippedPolicy } from '../../test/support/policies.ts'
import { LABELS, type Label, type Scores } from '../screening/index.ts'
import type { DecisionInput } from './decide.ts'
import { diffPolicies } from './diff.ts'
import type { PolicyDocument } from './document.ts'
import { Policy } from './policy.ts'
import { printPolicy } from './print.ts'
import { readPolicy } from './read.ts'
import { compileRules, isMilder, isProtected } from './rule-table.ts'
import { allClauses } from './tree.ts'

const { document } = shippedPolicy()
const clauses = allClauses(document)
const ids = clauses.map(({ id }) => id)

const threshold = fc.oneof(fc.constant('calibrated' as const), fc.constantFrom(0.05, 0.3, 0.5, 0.6, 0.9, 0.995))
const patch = fc.record(
  {
    threshold,
    action: fc.constantFrom('refuse' as const, 'flag' as const),
    whenUnavailable: fc.constantFrom('refuse' as const, 'release_unevaluated' as const),
  },
  { requiredKeys: [] },
)
/** Overlays that name any clause and change anything: most of them would weaken something. */
const overlays = fc.array(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    title: fc.constant('An overlay'),
    wording: fc.constant('Whatever its author wrote about it.'),
    surfaces: fc.constantFrom<string[]>(['api'], ['api', 'chat']),
    clauses: fc.uniqueArray(fc.record({ clause: fc.constantFrom(...ids), prompt: patch, completion: patch }), {
      selector: ({ clause }) => clause,
      minLength: 1,
      maxLength: 6,
    }),
  }),
  { minLength: 1, maxLength: 3 },
)
const score = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.3, 0.48, 0.5, 0.6, 0.995, 1))
const full: fc.Arbitrary<Scores> = fc
  .array(score, { minLength: LABELS.length, maxLength: LABELS.length })
  .map((given) => {
    const scores: Partial<Record<Label, number>> = {}
    LABELS.forEach((label, i) => {
      scores[label] = given[i] ?? 0
    })
    return scores
  })
const input: fc.Arbitrary<DecisionInput> = fc.record({
  side: fc.constantFrom('prompt' as const, 'completion' as const),
  assessments: fc.array(
    full.map((scores) => ({ ...assessment({}), scores })),
    { maxLength: 2 },
  ),
  unavailable: fc.uniqueArray(fc.constantFrom(...LABELS), { maxLength: 3 }),
  media: fc.constantFrom([], [{ kind: 'media' as const, media: 'image' as const, pointer: '/a' }]),
  testStringAllowed: fc.boolean(),
  matches: fc.array(
    fc.record({
      clause: fc.constantFrom(...ids),
      severity: fc.constantFrom('low' as const, 'high' as const, 'extreme' as const),
      label: fc.constantFrom(...LABELS, null),
      kind: fc.constantFrom('rule' as const, 'requirement' as const, 'unscanned' as const),
      refuse: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
})

function withOverlays(given: PolicyDocument): Policy {
  return Policy.load(printPolicy(withoutWeakening(given)), { calibratedThresholds: CALIBRATED })
}

/** Overlays on protected clauses go: those would not load. */
function withoutWeakening(given: PolicyDocument): PolicyDocument {
  const isFree = (id: string) =>
    clauses.some((clause) => clause.id === id && !isProtected(clause) && clause.prompt !== undefined)
  const named = new Map((given.overlays ?? []).map((overlay) => [overlay.id, overlay]))
  return {
    ...given,
    overlays: [...named.values()].map((overlay) => ({
      ...overlay,
      clauses: overlay.clauses.filter(({ clause }) => isFree(clause)),
    })),
  }
}

describe('overlays, whatever they say', () => {
  it('never release what the minimum refuses', () => {
    fc.assert(
      fc.property(overlays, fc.array(input, { minLength: 1, maxLength: 8 }), (given, inputs) => {
        const policy = withOverlays({ ...document, overlays: given })
        for (const one of inputs) {
          const base = policy.decide(one)
          if (base.clause === null || !isProtected(policy.clause(base.clause))) continue
          expect(policy.at({ surface: 'api' }).decide(one).action).toBe('refuse')
        }
      }),
      { numRuns: 40 },
    )
  })

  it('do not make the minimum milder even where one is compiled that would not load', () => {
    fc.assert(
      fc.property(overlays, fc.constantFrom('prompt' as const, 'completion' as const), (given, side) => {
        const stretched = { ...document, overlays: given }
        const base = compileRules(stretched, side, CALIBRATED).rules
        for (const rule of compileRules(stretched, side, CALIBRATED, { surface: 'api' }).rules) {
          const before = base.find(({ clause, label }) => clause === rule.clause && label === rule.label)
          if (before === undefined || !clauses.some((c) => c.id === rule.clause && isProtected(c))) continue
          expect(isMilder(rule, before)).toBe(false)
        }
      }),
    )
  })

  it('leave other places as they were, and give the same answer twice', () => {
    fc.assert(
      fc.property(overlays, input, (given, one) => {
        const policy = withOverlays({ ...document, overlays: given })
        expect(policy.at({ surface: 'elsewhere' }).decide(one)).toEqual(policy.decide(one))
        expect(policy.at({ surface: 'api' }).decide(one)).toEqual(policy.at({ surface: 'api' }).decide(one))
      }),
      { numRuns: 30 },
    )
  })
})

describe('a decision with words, for any input', () => {
  const policy = shippedPolicy()
  it('is one of the known kinds, and a match never makes it milder', () => {
    fc.assert(
      fc.property(input, (one) => {
        const { matches: _, ...silent } = one
        const without = policy.decide(silent)
        const decision = policy.decide(one)
        expect(['allow', 'refuse']).toContain(decision.action)
        expect(decision.clause === null).toBe(decision.action === 'allow')
        if (without.action === 'refuse') expect(decision.action).toBe('refuse')
        if (one.matches?.some(({ refuse }) => refuse)) expect(decision.action).toBe('refuse')
      }),
    )
  })
})

describe('a printed document', () => {
  it('reads back as the same one', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }).filter((text) => !/[\ud800-\udfff]/.test(text)),
        fc.constantFrom('1.10', '007', '2026-01-31', '1e5', 'null', 'yes'),
        (wording, version) => {
          const [first, ...rest] = document.sections
          const [clause, ...others] = first?.clauses ?? []
          if (first === undefined || clause === undefined) throw new Error('the shipped policy is empty')
          const sections = [{ ...first, clauses: [{ ...clause, wording }, ...others] }, ...rest]
          const changed: PolicyDocument = { ...document, version, sections }
          const read = readPolicy(printPolicy(changed), CALIBRATED)
          expect(read.problems).toEqual([])
          expect(read.document).toEqual(changed)
          expect(diffPolicies(changed, read.document ?? document)).toEqual([])
          const differing = diffPolicies(document, changed).map(({ subject, field }) => `${subject} ${field}`)
          expect(differing).toEqual(['policy version', 'clause 1.1 wording'])
        },
      ),
      { numRuns: 40 },
    )
  })
})
