import { describe, expect, it } from 'vitest'
import { assessment, everyLabel, promptInput, shippedPolicy } from '../../test/support/policies.ts'
import { HAZARDS, LABELS, type MediaPart } from '../screening/index.ts'

const policy = shippedPolicy()
const IMAGE: MediaPart = { kind: 'media', media: 'image', pointer: '/messages/0/content/1' }
const FLAGGED_ONLY = new Set(['specialized_advice', 'jailbreak', 'injection', 'obfuscation'])

describe('Policy.decide', () => {
  it('allows what scores below every threshold', () => {
    expect(policy.decide(promptInput(everyLabel(0.49)))).toMatchObject({
      action: 'allow',
      clause: null,
      unevaluated: [],
    })
  })

  it.each(HAZARDS.filter((h) => !FLAGGED_ONLY.has(h)))('refuses %s at its threshold, on both sides', (hazard) => {
    const prompt = policy.decide(promptInput({ [hazard]: 0.5 }))
    expect(prompt).toMatchObject({ action: 'refuse', reason: 'threshold', label: hazard, score: 0.5, threshold: 0.5 })
    expect(policy.clause(prompt.clause ?? '').labels).toContain(hazard)
    expect(policy.decide(promptInput({ [hazard]: 0.59 }, { side: 'completion' })).action).toBe('allow')
    expect(policy.decide(promptInput({ [hazard]: 0.6 }, { side: 'completion' })).action).toBe('refuse')
  })

  it('flags advice from its threshold and refuses it only from `refuseFrom`', () => {
    expect(policy.decide(promptInput({ specialized_advice: 0.9 }))).toMatchObject({
      action: 'allow',
      flagged: [{ label: 'specialized_advice', score: 0.9, clause: '6.2' }],
    })
    expect(policy.decide(promptInput({ specialized_advice: 0.995 })).clause).toBe('6.2')
  })

  it('enforces the gravest clause, and of equally grave ones the highest score', () => {
    expect(policy.decide(promptInput({ hate: 1, defamation: 1, chemical: 0.5 })).label).toBe('chemical')
    expect(policy.decide(promptInput({ chemical: 0.6, biological: 0.8 })).label).toBe('biological')
    expect(policy.decide(promptInput({ chemical: 0.8, biological: 0.6 })).label).toBe('chemical')
  })

  it('takes the highest score of several assessments', () => {
    const assessments = [assessment({ hate: 0.1 }), assessment({ hate: 0.7 }), assessment({ hate: 0.2 })]
    expect(policy.decide(promptInput({}, { assessments }))).toMatchObject({ label: 'hate', score: 0.7 })
  })
})

describe('attack methods', () => {
  it('only flag when they stand alone, and refuse when they are unmistakable', () => {
    expect(policy.decide(promptInput({ jailbreak: 0.9 }))).toMatchObject({
      action: 'allow',
      flagged: [{ clause: '2.3' }],
    })
    expect(policy.decide(promptInput({ jailbreak: 0.996 }))).toMatchObject({ action: 'refuse', clause: '2.3' })
  })

  it('lower the threshold of hazards that are refused, not of those that are only flagged', () => {
    expect(policy.decide(promptInput({ chemical: 0.4 })).action).toBe('allow')
    expect(policy.decide(promptInput({ chemical: 0.4, jailbreak: 0.5 }))).toMatchObject({
      action: 'refuse',
      clause: '1.1',
      threshold: 0.4,
    })
    expect(policy.decide(promptInput({ chemical: 0.39, jailbreak: 0.5 })).action).toBe('allow')
    expect(policy.decide(promptInput({ specialized_advice: 0.9, jailbreak: 0.5 })).action).toBe('allow')
  })

  it('count as found when nobody could look for them', () => {
    const decision = policy.decide(promptInput({ chemical: 0.4 }, { unavailable: ['obfuscation'] }))
    expect(decision).toMatchObject({ action: 'refuse', reason: 'threshold', unevaluated: ['obfuscation'] })
  })
})

describe('missing evidence', () => {
  it('refuses as undecided where the policy fails closed', () => {
    expect(policy.decide(promptInput({}, { unavailable: ['biological', 'hate'] }))).toMatchObject({
      action: 'refuse',
      reason: 'unavailable',
      clause: '1.2',
      label: 'biological',
      score: null,
      unevaluated: ['biological', 'hate'],
    })
  })

  it('releases as unevaluated where the policy degrades openly', () => {
    expect(policy.decide(promptInput({}, { unavailable: ['hate'] }))).toMatchObject({
      action: 'allow',
      reason: null,
      unevaluated: ['hate'],
    })
  })

  it('treats no assessment at all as every label missing', () => {
    const decision = policy.decide(promptInput({}, { assessments: [] }))
    expect(decision).toMatchObject({ action: 'refuse', reason: 'unavailable', severity: 'extreme' })
    expect(new Set(decision.unevaluated)).toEqual(new Set(LABELS))
  })

  it.each([Number.NaN, -0.1, 1.1, Number.POSITIVE_INFINITY])('treats the score %d as missing', (score) => {
    expect(policy.decide(promptInput({ chemical: score }))).toMatchObject({ reason: 'unavailable', label: 'chemical' })
  })

  it('prefers a denial to an undecided refusal, since asking again will not change it', () => {
    const decision = policy.decide(promptInput({ hate: 0.9 }, { unavailable: ['chemical'] }))
    expect(decision).toMatchObject({ reason: 'threshold', label: 'hate', unevaluated: ['chemical'] })
  })
})

describe('media', () => {
  it('may pass unscreened in a prompt and never in a completion', () => {
    expect(policy.decide(promptInput({}, { media: [IMAGE] })).action).toBe('allow')
    expect(policy.decide(promptInput({}, { side: 'completion', media: [IMAGE] }))).toMatchObject({
      action: 'refuse',
      reason: 'media',
      clause: '6.4',
      label: null,
    })
  })
})

describe('the standard test string', () => {
  const found = assessment({ hate: 1 }, { testString: true, scoresWithoutTestString: everyLabel(0) })

  it('refuses and says that it was a test', () => {
    expect(policy.decide(promptInput({}, { assessments: [found] }))).toMatchObject({
      action: 'refuse',
      clause: '5.2',
      testString: true,
    })
  })

  it('does nothing where it is switched off', () => {
    const decision = policy.decide(promptInput({}, { assessments: [found], testStringAllowed: false }))
    expect(decision).toMatchObject({ action: 'allow', testString: false })
  })

  it.each([true, false])('hides nothing that is harmful without it (allowed: %s)', (testStringAllowed) => {
    const real = { ...found, scoresWithoutTestString: { ...everyLabel(0), chemical: 0.9 } }
    expect(policy.decide(promptInput({}, { assessments: [real], testStringAllowed }))).toMatchObject({
      action: 'refuse',
      clause: '1.1',
      testString: false,
    })
  })

  it('keeps its scores when the classifier cannot tell them apart', () => {
    const opaque = assessment({ hate: 1 }, { testString: true })
    const decision = policy.decide(promptInput({}, { assessments: [opaque], testStringAllowed: false }))
    expect(decision).toMatchObject({ action: 'refuse', testString: true })
  })
})
