import { type CalibratedThresholds, type DecisionInput, Policy, readPolicyFile } from '../../src/policy/index.ts'
import { type Assessment, LABELS, type Label, type Scores } from '../../src/screening/index.ts'

/** What the policy's tests share: the shipped policy at round thresholds, and inputs that differ in one thing each. */
export const CALIBRATED: CalibratedThresholds = { prompt: everyLabel(0.5), completion: everyLabel(0.6) }

export function everyLabel(score: number): Record<Label, number> {
  const scores: Partial<Record<Label, number>> = {}
  for (const label of LABELS) scores[label] = score
  return scores as Record<Label, number>
}

export function shippedPolicy(): Policy {
  return Policy.load(readPolicyFile(), { calibratedThresholds: CALIBRATED, source: 'acceptable-use.yaml' })
}

/** The shipped policy with one stretch of its text replaced. */
export function changedPolicy(from: string, to: string): string {
  const text = readPolicyFile()
  if (!text.includes(from)) throw new Error(`the shipped policy does not contain: ${from}`)
  return text.replace(from, () => to)
}

export function assessment(scores: Scores, more: Partial<Assessment> = {}): Assessment {
  return { classifier: 'test@0', scores: { ...everyLabel(0), ...scores }, evidence: [], testString: false, ...more }
}

export function promptInput(scores: Scores, more: Partial<DecisionInput> = {}): DecisionInput {
  return {
    side: 'prompt',
    assessments: [assessment(scores)],
    unavailable: [],
    media: [],
    testStringAllowed: true,
    ...more,
  }
}
