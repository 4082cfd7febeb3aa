import { describe, expect, it } from 'vitest'
import { assessment, everyLabel, promptInput, shippedPolicy } from '../../test/support/policies.ts'

const policy = shippedPolicy()
const DECISION = { decisionId: 'dec_01J8ZZZZZZZZZZZZZZZZZZZZZZ', appealUrl: 'https://ai.example.org/appeal' }

describe('the explanation of a refusal', () => {
  it('of a prompt', () => {
    expect(policy.explain(policy.decide(promptInput({ cyber_operations: 0.9 })), DECISION)).toMatchInlineSnapshot(
      `"This request was refused under clause 2.1 (Attacks on computers and networks) of the acceptable use policy, version 1.1.0. Decision dec_01J8ZZZZZZZZZZZZZZZZZZZZZZ. If you think this is wrong, quote the decision at https://ai.example.org/appeal"`,
    )
  })

  it('of a completion, where nobody named a place for appeals', () => {
    const decision = policy.decide(promptInput({ hate: 0.9 }, { side: 'completion' }))
    expect(policy.explain(decision, { ...DECISION, appealUrl: null })).toMatchInlineSnapshot(
      `"The answer was withheld under clause 5.2 (Hate) of the acceptable use policy, version 1.1.0; the request itself was allowed. Decision dec_01J8ZZZZZZZZZZZZZZZZZZZZZZ. If you think this is wrong, tell whoever provides this service and quote the decision."`,
    )
  })

  it('of media in an answer', () => {
    const media = [{ kind: 'media', media: 'image', pointer: '/a' }] as const
    const decision = policy.decide(promptInput({}, { side: 'completion', media }))
    expect(policy.explain(decision, DECISION)).toMatchInlineSnapshot(
      `"The answer was withheld because it holds images, sound or files that cannot be checked: clause 6.4 (Images, sound and files) of the acceptable use policy, version 1.1.0. Decision dec_01J8ZZZZZZZZZZZZZZZZZZZZZZ. If you think this is wrong, quote the decision at https://ai.example.org/appeal"`,
    )
  })

  it('of a check that could not be made', () => {
    const decision = policy.decide(promptInput({}, { unavailable: ['chemical'] }))
    expect(policy.explain(decision, DECISION)).toMatchInlineSnapshot(
      `"This was not answered because the prompt could not be checked against clause 1.1 (Chemical weapons) of the acceptable use policy, version 1.1.0; nothing is held against you. Decision dec_01J8ZZZZZZZZZZZZZZZZZZZZZZ. Please try again later."`,
    )
  })

  it('of the standard test string', () => {
    const found = assessment({ hate: 1 }, { testString: true, scoresWithoutTestString: everyLabel(0) })
    const decision = policy.decide(promptInput({}, { assessments: [found] }))
    expect(policy.explain(decision, DECISION)).toMatchInlineSnapshot(
      `"This is a test: the prompt contains the standard test string, so it is refused as under clause 5.2 (Hate) of the acceptable use policy, version 1.1.0. Decision dec_01J8ZZZZZZZZZZZZZZZZZZZZZZ. It does not count against you."`,
    )
  })

  it('is not given for what was allowed', () => {
    expect(() => policy.explain(policy.decide(promptInput({})), DECISION)).toThrow('only a refusal')
  })
})
