import { z } from 'zod'
import {
  type Clause,
  EXPECTATIONS,
  type Overlay,
  type PolicyDocument,
  type RulePatch,
  SEVERITIES,
  SIDES,
  type Side,
  type SideRule,
} from './document.ts'
import { statedThreshold } from './rule-table.ts'
import type { CalibratedThresholds } from './rules.ts'
import { clausesOf } from './tree.ts'

const RuleView = z
  .object({
    action: z.enum(['refuse', 'revise', 'flag']),
    thresholds: z
      .array(
        z.object({
          label: z.string(),
          score: z.number().nullable().meta({ description: 'null: the classifier in use has none' }),
          calibrated: z.boolean().meta({ description: 'the classifier’s own, not the document’s' }),
        }),
      )
      .meta({ description: 'score from which it acts, by label' }),
    refuseFrom: z.number().nullable(),
    whenUnavailable: z.enum(['refuse', 'release_unevaluated']),
    terms: z.array(z.string()),
    patterns: z.array(z.string()),
  })
  .meta({ id: 'PolicyRuleView' })

const RequirementView = z
  .object({
    of: z.enum(['operator', 'customer']),
    check: z.enum(['stated', 'system_prompt']),
    marker: z.string().nullable(),
    action: z.enum(['refuse', 'flag']).nullable(),
    surfaces: z.array(z.string()),
    tiers: z.array(z.string()),
  })
  .meta({ id: 'PolicyRequirementView' })

const ClauseView = z
  .object({
    id: z.string(),
    depth: z.int().nonnegative().meta({ description: '0 = directly in its section' }),
    title: z.string(),
    wording: z.string(),
    effect: z.enum(['prohibit', 'require', 'disclose']),
    severity: z.enum(SEVERITIES),
    minimum: z.boolean(),
    exemptible: z.boolean(),
    labels: z.array(z.string()),
    prompt: z.union([RuleView, z.null()]),
    completion: z.union([RuleView, z.null()]),
    requirement: z.union([RequirementView, z.null()]),
    examples: z.array(z.object({ side: z.enum(SIDES), expect: z.enum(EXPECTATIONS), text: z.string() })),
  })
  .meta({ id: 'PolicyClauseView' })

const OverlayView = z
  .object({
    id: z.string(),
    title: z.string(),
    wording: z.string(),
    surfaces: z.array(z.string()).meta({ description: 'empty = everywhere' }),
    tiers: z.array(z.string()).meta({ description: 'empty = all customers' }),
    changes: z.array(
      z.object({
        clause: z.string(),
        side: z.enum(SIDES),
        field: z.enum(['threshold', 'action', 'refuseFrom', 'whenUnavailable', 'media']),
        value: z.string(),
      }),
    ),
  })
  .meta({ id: 'PolicyOverlayView' })

/** A policy as a console shows it: the tree as a list, and the score from which each clause really acts. */
export const PolicyView = z
  .object({
    version: z.string(),
    title: z.string(),
    effective: z.string(),
    preamble: z.string(),
    sections: z.array(z.object({ id: z.string(), title: z.string(), clauses: z.array(ClauseView) })),
    overlays: z.array(OverlayView),
    media: z.object({
      clause: z.string(),
      prompt: z.enum(['allow', 'refuse']),
      completion: z.enum(['allow', 'refuse']),
    }),
    hazardThresholdFactor: z.number(),
    retention: z.string().nullable(),
  })
  .meta({ id: 'PolicyView' })
export type PolicyView = z.infer<typeof PolicyView>

/** @param calibrated Thresholds of the classifier in use, which `threshold: calibrated` stands for. */
export function viewPolicy(document: PolicyDocument, calibrated: CalibratedThresholds): PolicyView {
  const { version, title, effective, preamble, sections, overlays = [], media, methods, retention } = document
  return {
    version,
    title,
    effective,
    preamble,
    sections: sections.map((section) => ({
      id: section.id,
      title: section.title,
      clauses: clausesOf(section).map((clause) => clauseView(clause, calibrated)),
    })),
    overlays: overlays.map((overlay) => overlayView(overlay, media.clause)),
    media,
    hazardThresholdFactor: methods.hazardThresholdFactor,
    retention: retention?.wording ?? null,
  }
}

function clauseView(clause: Clause, calibrated: CalibratedThresholds): z.infer<typeof ClauseView> {
  const { id, title, wording, effect, severity, minimum, exemptible, labels, requirement, examples = [] } = clause
  const rule = (side: Side) => {
    const given = clause[side]
    return given === undefined ? null : ruleView(given, clause, calibrated[side])
  }
  return {
    id,
    depth: id.split('.').length - 2,
    title,
    wording,
    effect,
    severity,
    minimum: minimum !== undefined,
    exemptible: exemptible !== false,
    labels,
    prompt: rule('prompt'),
    completion: rule('completion'),
    requirement: requirement === undefined ? null : requirementView(requirement),
    examples: examples.map(({ side, expect, text }) => ({ side, expect, text })),
  }
}

function ruleView(rule: SideRule, clause: Clause, calibrated: CalibratedThresholds[Side]): z.infer<typeof RuleView> {
  return {
    action: rule.action,
    thresholds: clause.labels.flatMap((label) => {
      const stated = statedThreshold(rule, label)
      if (stated === undefined) return []
      const own = stated === 'calibrated'
      return [{ label, score: own ? (calibrated[label] ?? null) : stated, calibrated: own }]
    }),
    refuseFrom: rule.refuseFrom ?? null,
    whenUnavailable: rule.whenUnavailable,
    terms: rule.terms ?? [],
    patterns: rule.patterns ?? [],
  }
}

function requirementView(given: NonNullable<Clause['requirement']>): z.infer<typeof RequirementView> {
  const { of, check, marker = null, action = null, surfaces = [], tiers = [] } = given
  return { of, check, marker, action, surfaces, tiers }
}

function overlayView(overlay: Overlay, mediaClause: string): z.infer<typeof OverlayView> {
  const { id, title, wording, surfaces = [], tiers = [], clauses, media } = overlay
  const changes = clauses.flatMap((entry) =>
    SIDES.flatMap((side) => patchedFields(entry[side]).map((field) => ({ clause: entry.clause, side, ...field }))),
  )
  const onMedia = SIDES.flatMap((side) => {
    const value = media?.[side]
    return value === undefined ? [] : [{ clause: mediaClause, side, field: 'media' as const, value }]
  })
  return { id, title, wording, surfaces, tiers, changes: [...changes, ...onMedia] }
}

function patchedFields(patch: RulePatch = {}) {
  const fields = ['threshold', 'action', 'refuseFrom', 'whenUnavailable'] as const
  return fields.flatMap((field) => {
    const value = patch[field]
    return value === undefined ? [] : [{ field, value: String(value) }]
  })
}
