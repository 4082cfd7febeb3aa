import { HAZARDS, LABELS, type Label, METHODS } from '../screening/index.ts'
import {
  type Clause,
  type Overlay,
  type PolicyDocument,
  type RulePatch,
  SEVERITIES,
  type Severity,
  type Side,
  type SideRule,
} from './document.ts'
import type { CalibratedThresholds } from './rules.ts'
import type { Scope } from './text-rules.ts'
import { allClauses } from './tree.ts'

/** One label under one clause on one side, with everything that a decision looks at. */
export interface Rule {
  readonly label: Label
  /** Index into LABELS. */
  readonly index: number
  readonly clause: string
  readonly severity: Severity
  /** Score from which the clause flags or refuses. */
  readonly threshold: number
  /** Score from which it refuses, or has the answer revised; Infinity when it only flags. */
  readonly refuseFrom: number
  /** The same when an attack method was found: lower for hazards that the clause does more about than flag. */
  readonly refuseFromUnderAttack: number
  /** Score from which nothing but a refusal will do; Infinity where a revision of the answer always may stand in its place. */
  readonly outrightFrom: number
  readonly outrightFromUnderAttack: number
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

/**
 * Everything about a document that one side's decisions need, worked out once. Without a scope: what holds where no overlay applies.
 *
 * @param calibrated Thresholds that it lacks count as NaN, which no score reaches: a document that loads lacks none.
 */
export function compileRules(
  document: PolicyDocument,
  side: Side,
  calibrated: CalibratedThresholds,
  scope: Scope = {},
): RuleTable {
  const overlays = overlaysFor(document, scope)
  const rules: Rule[] = []
  for (const clause of allClauses(document)) {
    const base = clause[side]
    if (base === undefined) continue
    const compile = (given: SideRule) =>
      rulesOf(clause, given, calibrated[side], document.methods.hazardThresholdFactor)
    const own = compile(base)
    const effective = effectiveRule(clause, base, side, overlays)
    if (effective === base) rules.push(...own)
    else if (isProtected(clause)) rules.push(...compile(effective).map((rule, i) => strictest(rule, own[i] ?? rule)))
    else rules.push(...compile(effective))
  }
  rules.sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
  return {
    rules,
    methodRules: rules.filter((rule) => IS_METHOD.has(rule.label)),
    mediaRefused: mediaAction(document, side, overlays) === 'refuse',
  }
}

/** The overlays that apply there, in the document's order. */
export function overlaysFor(document: PolicyDocument, { surface, tier }: Scope): Overlay[] {
  return (document.overlays ?? []).filter(
    ({ surfaces, tiers }) =>
      (surfaces === undefined || (surface !== undefined && surfaces.includes(surface))) &&
      (tiers === undefined || (tier !== undefined && tiers.includes(tier))),
  )
}

/**
 * Clauses that no overlay may make milder: those marked as the minimum, and those on attack methods, since what they find lowers the
 * thresholds of the minimum.
 */
export function isProtected(clause: Clause): boolean {
  return clause.minimum !== undefined || clause.labels.some((label) => IS_METHOD.has(label))
}

/** A clause's rule as an overlay leaves it. */
export function patched(rule: SideRule, patch: RulePatch): SideRule {
  const { refuseFrom, ...rest } = rule
  const action = patch.action ?? rule.action
  const from = patch.refuseFrom ?? refuseFrom
  return {
    ...rest,
    action,
    whenUnavailable: patch.whenUnavailable ?? rule.whenUnavailable,
    ...(patch.threshold === undefined ? {} : { threshold: patch.threshold }),
    ...(action !== 'refuse' && from !== undefined ? { refuseFrom: from } : {}),
  }
}

/** Whether `b` lets anything pass that `a` does not. */
export function isMilder(b: Rule, a: Rule): boolean {
  return (
    b.threshold > a.threshold ||
    b.refuseFrom > a.refuseFrom ||
    b.refuseFromUnderAttack > a.refuseFromUnderAttack ||
    b.outrightFrom > a.outrightFrom ||
    b.outrightFromUnderAttack > a.outrightFromUnderAttack ||
    (a.refuseWhenUnavailable && !b.refuseWhenUnavailable)
  )
}

/** A clause's rule as all these overlays leave it, one after the other; on protected clauses only what makes it stricter counts. */
export function effectiveRule(clause: Clause, base: SideRule, side: Side, overlays: readonly Overlay[]): SideRule {
  let rule = base
  for (const overlay of overlays) {
    const patch = patchOf(overlay, clause, side)
    if (patch === undefined) continue
    const next = patched(rule, patch)
    const failsOpen = rule.whenUnavailable === 'refuse' && next.whenUnavailable !== 'refuse'
    const milder = failsOpen || isMilderAction(next, rule)
    if (!(milder && isProtected(clause))) rule = next
  }
  return rule
}

/** What is said where a rule would revise what is asked. */
export const PROMPT_REVISED = 'only answers are revised: refuse the request, or flag it'

const MILDEST_FIRST: readonly SideRule['action'][] = ['flag', 'revise', 'refuse']

/** Whether `b` does less than `a` about what it finds. */
export function isMilderAction(b: SideRule, a: SideRule): boolean {
  return MILDEST_FIRST.indexOf(b.action) < MILDEST_FIRST.indexOf(a.action)
}

export function patchOf(overlay: Overlay, clause: Clause, side: Side): RulePatch | undefined {
  return overlay.clauses.find((entry) => entry.clause === clause.id)?.[side]
}

/** An overlay that would weaken the minimum does not load; were it to, the minimum would still hold. */
function strictest(a: Rule, b: Rule): Rule {
  return {
    ...a,
    threshold: Math.min(a.threshold, b.threshold),
    refuseFrom: Math.min(a.refuseFrom, b.refuseFrom),
    refuseFromUnderAttack: Math.min(a.refuseFromUnderAttack, b.refuseFromUnderAttack),
    outrightFrom: Math.min(a.outrightFrom, b.outrightFrom),
    outrightFromUnderAttack: Math.min(a.outrightFromUnderAttack, b.outrightFromUnderAttack),
    refuseWhenUnavailable: a.refuseWhenUnavailable || b.refuseWhenUnavailable,
  }
}

function mediaAction(document: PolicyDocument, side: Side, overlays: readonly Overlay[]): 'allow' | 'refuse' {
  const clause = allClauses(document).find(({ id }) => id === document.media.clause)
  let action = document.media[side]
  for (const { media } of overlays) {
    const given = media?.[side]
    if (given !== undefined && !(clause?.minimum !== undefined && action === 'refuse')) action = given
  }
  return action
}

function rulesOf(
  clause: Clause,
  rule: SideRule,
  calibrated: CalibratedThresholds[Side],
  hazardThresholdFactor: number,
): Rule[] {
  return clause.labels.flatMap((label) => {
    const stated = statedThreshold(rule, label)
    if (stated === undefined) return []
    const threshold = stated === 'calibrated' ? (calibrated[label] ?? Number.NaN) : stated
    const from = rule.action === 'refuse' ? threshold : (rule.refuseFrom ?? Number.POSITIVE_INFINITY)
    const outrightFrom = Math.max(threshold, from)
    const refuseFrom = rule.action === 'revise' ? threshold : outrightFrom
    const factor = IS_HAZARD.has(label) && rule.action !== 'flag' ? hazardThresholdFactor : 1
    return [
      {
        label,
        index: LABELS.indexOf(label),
        clause: clause.id,
        severity: clause.severity,
        threshold,
        refuseFrom,
        refuseFromUnderAttack: refuseFrom * factor,
        outrightFrom,
        outrightFromUnderAttack: outrightFrom * factor,
        refuseWhenUnavailable: rule.whenUnavailable === 'refuse',
      },
    ]
  })
}

/** What the document says for this label; undefined when the rule looks at words alone. */
export function statedThreshold(rule: SideRule, label: Label): number | 'calibrated' | undefined {
  const { threshold } = rule
  return typeof threshold === 'object' ? threshold[label] : threshold
}
