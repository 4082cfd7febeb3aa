/**
 * What is judged, on two axes: hazards (what harm) and methods (how the safeguards are attacked).
 *
 * Hazards follow MLCommons AILuminate v1.0 (12 categories) with "indiscriminate weapons" split into
 * chemical, biological and radiological/nuclear beside the remainder, cyber operations taken out of
 * non-violent crimes, autonomous replication added (RSP), and a catch-all for harm that no category names.
 */
export const HAZARDS = [
  'chemical',
  'biological',
  'radiological_nuclear',
  'indiscriminate_weapons',
  'cyber_operations',
  'autonomous_replication',
  'violent_crimes',
  'non_violent_crimes',
  'sex_crimes',
  'child_exploitation',
  'self_harm',
  'hate',
  'privacy',
  'defamation',
  'intellectual_property',
  'specialized_advice',
  'sexual_content',
  'general_harm',
] as const
export type Hazard = (typeof HAZARDS)[number]

export const METHODS = ['jailbreak', 'injection', 'obfuscation'] as const
export type Method = (typeof METHODS)[number]

/** Everything that a classifier can score and a policy can name. */
export const LABELS = [...HAZARDS, ...METHODS] as const
export type Label = (typeof LABELS)[number]

const LABEL_SET: ReadonlySet<string> = new Set(LABELS)
export function isLabel(text: string): text is Label {
  return LABEL_SET.has(text)
}
