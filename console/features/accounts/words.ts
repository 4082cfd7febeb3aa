import type {
  EnforcementAction,
  EnforcementStep,
  EnforcementSubject,
  EnforcementSubjectType,
  NewEnforcementAction,
  PatternName,
  Strike,
} from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import type { State } from '../../components/state-mark.tsx'

export const STEPS = ['warn', 'throttle', 'restrict', 'suspend', 'ban'] as const satisfies EnforcementStep[]

/** How a step is called for whom it holds, and what it does to them. */
export const STEP_WORDS: Record<EnforcementStep, readonly [state: State, holds: string, effect: string]> = {
  warn: ['watch', 'warned', 'answers carry a warning; everything is served'],
  throttle: ['watch', 'throttled', 'only a part of the rate limits is left'],
  restrict: ['fails', 'restricted', 'throttled, strict policy, and only the models that are named'],
  suspend: ['fails', 'suspended', 'every request is refused until it is lifted'],
  ban: ['fails', 'banned', 'every request is refused, for good'],
}

export const TYPES: Record<EnforcementSubjectType, string> = {
  end_user: 'End user',
  key: 'Key',
  project: 'Project',
  organisation: 'Organisation',
}

export type Reason = NewEnforcementAction['reason']
export const REASONS: Record<Reason, string> = {
  policy_violation: 'violation of the policy',
  extreme_misuse: 'extreme misuse',
  scaled_abuse: 'abuse at scale',
  distillation: 'distillation',
  evasion: 'evasion',
  security: 'security',
  legal: 'legal',
  other: 'other',
}

export const PATTERNS: Record<PatternName, string> = {
  refusal_burst: 'Burst of refusals',
  category_probing: 'Probing of categories',
  identifier_rotation: 'Rotating identifiers',
  distillation: 'Distillation',
  slow_escalation: 'Slow escalation',
}

export const SIGNALS: Record<'same_end_user' | 'same_project' | 'same_organisation_name' | 'same_address', string> = {
  same_end_user: 'one end user came with both',
  same_project: 'of the same project',
  same_organisation_name: 'organisations of one name',
  same_address: 'seen behind one address',
}

/** `refusalShare` -> `refusal share`: the names of figures are the server's own. */
export function figureName(name: string): string {
  return name.replaceAll(/([A-Z])/g, ' $1').toLowerCase()
}

/** Two digits behind the point at most. */
export function points(n: number): string {
  return n.toLocaleString('en', { maximumFractionDigits: 2 })
}

/** `1 point`, `2.5 points`. */
export function inPoints(n: number): string {
  return count(Math.round(n * 100) / 100, 'point')
}

export function subjectPath({ type, id }: EnforcementSubject): string {
  return `/accounts/${type}/${encodeURIComponent(id)}`
}

/** What became of an action, or that it holds. */
export function actionState({ ended, step }: EnforcementAction): readonly [State, string] {
  if (ended === null) return [STEP_WORDS[step][0], 'holds']
  const words = { expired: 'ran out', lifted: 'lifted', undone: 'undone: it was wrong' }
  return ['unknown', words[ended.cause]]
}

export function strikeState(strike: Strike, now: number): readonly [State, string] {
  if (strike.undone !== null) return ['unknown', 'undone']
  return Date.parse(strike.expiresAt) <= now ? ['unknown', 'ran out'] : ['watch', 'counts']
}
