import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assessment, CALIBRATED, changedPolicy, everyLabel, promptInput } from '../../test/support/policies.ts'
import { revisingPolicy } from '../../test/support/revising-policy.ts'
import type { Label } from '../screening/index.ts'
import { type DecisionInput, effectOf } from './decide.ts'
import { diffPolicies } from './diff.ts'
import { lintPolicy } from './lint.ts'
import { Policy, readPolicyFile } from './policy.ts'
import { printPolicy } from './print.ts'
import { replay } from './replay.ts'
import { viewPolicy } from './view.ts'

const load = (text: string) => Policy.load(text, { calibratedThresholds: CALIBRATED })
const policy = load(revisingPolicy(['blue zebra']))
const input = (scores: Partial<Record<Label, number>>, more: Partial<DecisionInput> = {}): DecisionInput => ({
  ...promptInput(scores, more),
  side: 'completion',
})
const effect = (scores: Partial<Record<Label, number>>, more: Partial<DecisionInput> = {}) =>
  effectOf(policy.decide(input(scores, more)))
const said = (text: string) =>
  policy.match('completion', [{ text, role: 'assistant', kind: 'text', source: 'x', offset: 0 }])
const image = [{ kind: 'media', media: 'image', pointer: '' }] as const

describe('a clause that has answers revised', () => {
  it('revises from its threshold, refuses outright from refuseFrom', () => {
    expect([0.59, 0.6, 0.94, 0.95].map((hate) => effect({ hate }))).toEqual([null, 'revise', 'revise', 'refuse'])
    expect(policy.decide(input({ hate: 0.7 }))).toMatchObject({ action: 'refuse', clause: '5.2', revisable: true })
  })

  it('is a refusal to whoever knows nothing of revision', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (hate) => {
        const { action, revisable } = policy.decide(input({ hate }))
        expect(revisable === undefined || action === 'refuse').toBe(true)
      }),
    )
  })

  it('revises for its words too', () => {
    expect(effect({}, { matches: said('a blue zebra came') })).toBe('revise')
    expect(effect({ hate: 0.7 }, { matches: said('a blue zebra came') })).toBe('revise')
    expect(effect({ chemical: 0.7 }, { matches: said('a blue zebra came') })).toBe('refuse')
  })

  it('never where more than words would have to be put right', () => {
    expect(effect({ hate: 0.7, chemical: 0.7 })).toBe('refuse')
    expect(effect({ hate: 0.7 }, { media: image })).toBe('refuse')
    expect(effect({ hate: 0.7 }, { unavailable: ['chemical'] })).toBe('refuse')
    expect(effect({ hate: 0.7 }, { unavailable: ['privacy'] })).toBe('revise') // where nobody judging lets pass
  })

  it('never for the test string', () => {
    const tested = assessment(everyLabel(0), { testString: true, scoresWithoutTestString: everyLabel(0) })
    const decision = policy.decide(input({}, { assessments: [{ ...tested, scores: { ...everyLabel(0), hate: 0.9 } }] }))
    expect([decision.action, decision.testString, decision.revisable]).toEqual(['refuse', true, undefined])
  })

  it('acts from lower scores under attack, on both thresholds', () => {
    const methods = 'action: flag, refuseFrom: 0.995, whenUnavailable: release_unevaluated }'
    const watched = load(
      revisingPolicy().replace(methods, `${methods}\n        completion: { threshold: 0.5, ${methods}`),
    )
    const under = (hate: number) => effectOf(watched.decide(input({ hate, jailbreak: 0.9 })))
    expect([0.47, 0.49, 0.75, 0.77].map(under)).toEqual([null, 'revise', 'revise', 'refuse'])
  })

  it('is explained in words', () => {
    const decision = policy.decide(input({ hate: 0.7 }))
    const options = { decisionId: 'dec_1', appealUrl: null }
    expect(policy.explain(decision, options)).toMatch(/^The answer was withheld under clause 5\.2/)
    expect(policy.explain(decision, { ...options, isRevised: true })).toMatch(
      /^This answer was revised under clause 5\.2/,
    )
  })

  it('is printed, shown and compared', () => {
    expect(load(printPolicy(policy.document)).digest).toBe(policy.digest)
    const clause = viewPolicy(policy.document, CALIBRATED)
      .sections.flatMap((s) => s.clauses)
      .find(({ id }) => id === '5.2')
    expect(clause?.completion).toMatchObject({ action: 'revise', refuseFrom: 0.95 })
    const changes = diffPolicies(load(readPolicyFile()).document, policy.document)
    expect(changes).toContainEqual(
      expect.objectContaining({
        subject: 'clause 5.2',
        field: 'completion.action',
        before: '"refuse"',
        after: '"revise"',
      }),
    )
  })

  it('is replayed and counted apart', async () => {
    const side = { scores: { hate: 0.7 }, unevaluated: [], testString: false, reason: 'threshold' }
    const rows = [{ id: 'dec_1', organisation: null, surface: null, prompt: null, completion: side }]
    const report = await replay(rows, { current: load(readPolicyFile()), draft: policy, floor: 0.05 })
    expect(report).toMatchObject({ refusedNow: 1, refusedThen: 0, revisedNow: 0, revisedThen: 1 })
    expect(report.totals).toMatchObject({ newlyRevised: 1, newlyAllowed: 0, newlyRefused: 0 })
    const back = await replay(rows, { current: policy, draft: load(readPolicyFile()), floor: 0.05 })
    expect(back.totals).toMatchObject({ newlyRevised: 0, newlyRefused: 1 })
  })
})

describe('lint', () => {
  const rules = (text: string, revises = true) => lintPolicy(text, CALIBRATED, { revises }).map(({ rule }) => rule)

  it('warns where nobody revises', () => {
    expect(rules(revisingPolicy())).not.toContain('reviser-missing')
    expect(rules(revisingPolicy(), false)).toContain('reviser-missing')
    expect(lintPolicy(revisingPolicy(), CALIBRATED).map(({ rule }) => rule)).not.toContain('reviser-missing')
  })

  it('knows no revision of what is asked', () => {
    const text = changedPolicy(
      'prompt: { threshold: calibrated, action: refuse',
      'prompt: { threshold: calibrated, action: revise',
    )
    expect(rules(text)).toContain('revise-prompt')
    expect(() => load(text)).toThrow(/only answers are revised/)
  })

  it('keeps the minimum refused outright', () => {
    const text = readPolicyFile()
    const at = text.indexOf('completion: { threshold: calibrated, action: refuse, whenUnavailable: refuse }')
    const milder = `${text.slice(0, at)}${text.slice(at).replace('action: refuse', 'action: revise')}`
    expect(rules(milder)).toContain('minimum-uncovered')
  })

  it('lets no overlay have the minimum revised', () => {
    const overlay = (clause: string) =>
      `${readPolicyFile()}\noverlays:\n  - id: soft\n    title: Soft\n    wording: On this surface some answers are revised in place of being refused.\n    surfaces: [soft]\n    clauses:\n      - clause: '${clause}'\n        completion: { action: revise }\n`
    expect(() => load(overlay('1.1'))).toThrow(/part of the minimum/)
    const scoped = load(overlay('5.2'))
    expect(scoped.revises).toBe(true)
    const decided = (surface: string) => effectOf(scoped.at({ surface }).decide(input({ hate: 0.7 })))
    expect([decided('soft'), decided('api')]).toEqual(['revise', 'refuse'])
    expect(rules(overlay('5.2'))).toContain('overlay-weakens')
  })

  it('keeps documents of the first version as they were', () => {
    expect(() => load(revisingPolicy().replace('safelevel.policy/2', 'safelevel.policy/1'))).toThrow(/policy\/2/)
  })
})
