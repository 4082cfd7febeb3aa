import { HAZARDS, LABELS, type Label, METHODS } from '../screening/index.ts'
import { type PolicyDocument, SEVERITIES, type Severity, type Side } from './document.ts'
import type { CalibratedThresholds } from './rules.ts'

/** One label under one clause on one side, with everything that a decision looks at. */
export interface Rule {
  readonly label: Label
  /** Index into LABELS. */
  readonly index: number
  readonly clause: string
  readonly severity: Severity
  /** Score from which the clause flags or refuses. */
  readonly threshold: number
  /** Score from which it refuses; Infinity when it only flags. */
  readonly refuseFrom: number
  /** The same when an attack method was found: lower for hazards that the clause refuses outright. */
  readonly refuseFromUnderAttack: number
  readonly refuseWhenUnavailable: boolean
}

export interface RuleTable {
  /** Gravest clause first; within a severity, in the document's order. */
  readonly rules: readonly Rule[]
  /** The rules on attack methods, which are looked at first. */
  readonly methodRules: readonly Rule[]
  readonly mediaRefused: boolean
}

const IS_HAZARD: ReadonlySet<string> = new Set(HAZARDS)
const IS_METHOD: ReadonlySet<string> = new Set(METHODS)

/** Everything about a document that one side's decisions need, worked out once. */
export function compileRules(document: PolicyDocument, side: Side, calibrated: CalibratedThresholds): RuleTable {
  const rules: Rule[] = []
  for (const clause of document.sections.flatMap((section) => section.clauses)) {
    const sideRule = clause[side]
    if (sideRule === undefined) continue
    for (const label of clause.labels) {
      const threshold = sideRule.threshold === 'calibrated' ? (calibrated[side][label] ?? 0) : sideRule.threshold
      const stated = sideRule.action === 'refuse' ? threshold : (sideRule.refuseFrom ?? Number.POSITIVE_INFINITY)
      const refuseFrom = Math.max(threshold, stated)
      const factor = IS_HAZARD.has(label) && sideRule.action === 'refuse' ? document.methods.hazardThresholdFactor : 1
      rules.push({
        label,
        index: LABELS.indexOf(label),
        clause: clause.id,
        severity: clause.severity,
        threshold,
        refuseFrom,
        refuseFromUnderAttack: refuseFrom * factor,
        refuseWhenUnavailable: sideRule.whenUnavailable === 'refuse',
      })
    }
  }
  rules.sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
  return {
    rules,
    methodRules: rules.filter((rule) => IS_METHOD.has(rule.label)),
    mediaRefused: document.media[side] === 'refuse',
  }
}
