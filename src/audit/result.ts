import { exactInterval } from '../base/statistics/intervals.ts'
import type { AuditFinding, AuditResult, AuditSample } from './schema.ts'

/**
 * What a sample shows so far. What can't be tested counts as a deviation, as AU-C 530 has it: an auditor who can't apply the procedure, nor another one, treats
 * the item as one.
 */
export function resultOf(sample: AuditSample, findings: readonly AuditFinding[]): AuditResult {
  const count = (verdict: AuditFinding['verdict']) => findings.filter((one) => one.verdict === verdict).length
  const [ok, exceptions, notTestable] = [count('ok'), count('exception'), count('not_testable')]
  const [examined, deviations] = [findings.length, exceptions + notTestable]
  const complete = sample.entries.length > 0 && examined === sample.entries.length
  const { acceptable } = sample
  return {
    ...{ examined, ok, exceptions, notTestable, complete },
    rate: examined === 0 ? null : deviations / examined,
    interval: examined === 0 ? null : [...exactInterval(deviations, examined)],
    supports: complete && acceptable !== null ? deviations <= acceptable : null,
  }
}
