import type { PolicyClauseView, PolicyRuleView, PolicyVersion } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import type { State } from '../../components/state-mark.tsx'

/** `non_violent_crimes` -> `non violent crimes` */
export function labelName(label: string): string {
  return label.replaceAll('_', ' ')
}

export const EFFECTS: Record<PolicyClauseView['effect'], string> = {
  prohibit: 'prohibited',
  require: 'required',
  disclose: 'must be disclosed',
}

/** Gravest first. */
export const SEVERITIES = [
  'extreme',
  'high',
  'moderate',
  'low',
] as const satisfies readonly PolicyClauseView['severity'][]

export const VERSION_STATES: Record<PolicyVersion['state'], readonly [State, string]> = {
  in_force: ['holds', 'in force'],
  scheduled: ['watch', 'waits for its time'],
  superseded: ['unknown', 'replaced'],
}

/** `0.415`; what the classifier in use doesn't know has none. */
export function scoreInWords(score: number | null): string {
  return score === null ? 'no threshold' : String(Math.round(score * 1_000) / 1_000)
}

/** What a rule does, without its thresholds: `refuses`, `flags, refuses from 0.99`, and what it looks for besides. */
export function ruleInWords(rule: PolicyRuleView): string {
  const { action, refuseFrom, terms, patterns } = rule
  const does = { refuse: 'refuses', revise: 'revises', flag: 'flags' }[action]
  const acts = refuseFrom === null || action === 'refuse' ? does : `${does}, refuses from ${refuseFrom}`
  const words = terms.length + patterns.length
  return words === 0 ? acts : `${acts} · ${count(words, 'word')}`
}

/** From where it acts, in a few characters: one number, or a span over its labels. */
export function spanOfScores({ thresholds }: PolicyRuleView): string | null {
  const scores = thresholds.flatMap(({ score }) => (score === null ? [] : [score]))
  if (scores.length === 0) return null
  const [least, most] = [scoreInWords(Math.min(...scores)), scoreInWords(Math.max(...scores))]
  return least === most ? `≥ ${least}` : `≥ ${least}–${most}`
}
