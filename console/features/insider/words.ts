import type { InsiderCase, InsiderContainment, InsiderLevel, InsiderStep } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export const STATES = ['queued', 'waiting', 'opened', 'closed'] as const
export type CaseState = (typeof STATES)[number]
export type Outcome = 'confirmed' | 'benign' | 'inconclusive'

/** Gravest first. */
export const LEVELS = ['certain', 'critical', 'high', 'medium'] as const satisfies readonly InsiderLevel[]
export const LEVEL_MARKS: Record<InsiderLevel, readonly [State, string]> = {
  certain: ['fails', 'certain'],
  critical: ['fails', 'critical'],
  high: ['watch', 'high'],
  medium: ['watch', 'medium'],
}
export const STATE_MARKS: Record<CaseState, readonly [State, string]> = {
  queued: ['unknown', 'beyond today’s budget'],
  waiting: ['watch', 'waits for somebody'],
  opened: ['watch', 'opened by two people'],
  closed: ['holds', 'closed'],
}
export const OUTCOMES: Record<NonNullable<InsiderCase['outcome']>, string> = {
  confirmed: 'confirmed',
  benign: 'nothing was behind it',
  inconclusive: 'could not be told',
  drill: 'it was a drill',
}

export const STEPS = ['step_up', 'revoke_grants', 'lock'] as const satisfies readonly InsiderStep[]
/** What a step does, as something that is to be done. */
export const STEP_NAMES: Record<InsiderStep, string> = {
  step_up: 'End their sessions',
  revoke_grants: 'End their grants of weights',
  lock: 'Keep them from weights',
}
export const STEP_EFFECTS: Record<InsiderStep, string> = {
  step_up: 'Each of their sessions ends at once; they sign in anew, by the touch of their key.',
  revoke_grants: 'What they read now stops within a second. The grants never come back: they would have to ask anew.',
  lock: 'They open no weights, whoever agrees to it, until two people lift the lock.',
}
export const STEP_MARKS: Record<InsiderContainment['state'], readonly [State, string]> = {
  pending: ['watch', 'under way'],
  done: ['holds', 'done'],
  held: ['watch', 'held back'],
  released: ['unknown', 'undone'],
}

export const HISTORY: Record<InsiderCase['history'][number]['step'], string> = {
  begun: 'Began with an alert',
  alert: 'Another alert joined it, or one was taken back',
  presented: 'Put before people: it is of the day’s budget',
  taken: 'Somebody took it to work on it',
  left: 'Who worked on it let go of it',
  read: 'What it rests on was read',
  opened: 'Opened: two people learnt whom it is about',
  contained: 'Something was done about the person',
  released: 'Something that was done was undone',
  closed: 'Closed',
  erased: 'Whom it was about was erased',
}

export const FAMILIES: Readonly<Record<string, string>> = {
  taking: 'Taking weights',
  place: 'Where from and when',
  access: 'Access and its use',
  approving: 'Agreeing with others',
  guarding: 'What guards the house',
  leaking: 'What leaves the house',
}

/** `rules/insider/weights.yml` -> `weights` */
export function areaOf(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.ya?ml$/, '')
}

/** Nats, as risk is counted: one digit behind the point. */
export function nats(risk: number): string {
  return risk.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
}

/** `312 ms`, `1.4 s` */
export function took(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

/** What happened, without how unusual that is of them. */
export function briefly(says: string): string {
  return says.replace(/: so (?:it was|far) .*$/s, '')
}

/** Said of a person, with a capital: a sentence that one can read by itself. */
export function aboutThem(says: string): string {
  return `This person ${says.replace(/^this person /i, '')}`
}
