import type { ReviewConfig, Severity } from './config.ts'
import { SEVERITIES } from './config.ts'
import type { Desk } from './schema.ts'

/** Where what was passed on to a lead waits. */
export const ESCALATED_QUEUE = 'escalated'
/** Where suspected child sexual abuse material waits, whatever its clause and state. */
export const RESTRICTED_QUEUE = 'restricted'
/** The label that only few people may work on. */
export const RESTRICTED_LABEL = 'child_exploitation'
const SAMPLE_QUEUE = 'allowed-sample'
/** Where records of datasets wait that were drawn for people. */
export const DATASET_QUEUE = 'constitution'

const PRIORITY_SPAN = 1e14
const TOP_PRIORITY = 9
const OVERDUE_LIFT = 3

/** `4.2:self_harm:high`; what has no clause or label has a dash there. */
export function queueOf(about: {
  readonly basis: string
  readonly label: string | null
  readonly clause: string | null
  readonly severity: Severity
}): string {
  if (about.label === RESTRICTED_LABEL) return RESTRICTED_QUEUE
  if (about.basis === 'allowed') return SAMPLE_QUEUE
  if (about.basis === 'dataset') return DATASET_QUEUE
  return `${about.clause ?? '-'}:${about.label ?? '-'}:${about.severity}`
}

export function deskOf(queue: string): Desk {
  if (queue === RESTRICTED_QUEUE) return 'restricted'
  return queue === ESCALATED_QUEUE ? 'lead' : 'ordinary'
}

/**
 * How far the score lies beyond its threshold, 0 (barely) to 1. Of a score without a threshold (a flag), the score itself; without a score
 * (media, or nobody could judge) 0.5: nothing says that it is either.
 */
export function marginOf(score: number | null, threshold: number | null): number {
  if (score === null) return 0.5
  const margin = threshold === null || threshold >= 1 ? score : (score - threshold) / (1 - threshold)
  return Math.min(1, Math.max(0, margin))
}

/**
 * The order of work as one number, lower first: by severity, within it by deadline, which a clear score brings up to half nearer. What is
 * overdue goes up by more than one severity and less than two, so that a flood of old trifles never stands before what is grave.
 *
 * @returns an integer below 2^53: priority in the high digits, milliseconds since 1970 in the low ones.
 */
export function rankOf(about: {
  readonly severity: Severity
  readonly openedAtMs: number
  readonly margin: number
  readonly overdue: boolean
  readonly slaMs: ReviewConfig['slaMs']
}): number {
  const priority = 2 * SEVERITIES.indexOf(about.severity) + (about.overdue ? OVERDUE_LIFT : 0)
  const orderedAtMs = Math.round(about.openedAtMs + about.slaMs[about.severity] * (1 - about.margin / 2))
  return (TOP_PRIORITY - priority) * PRIORITY_SPAN + Math.max(0, orderedAtMs)
}

/** By how much a rank falls when its case becomes overdue. */
export const OVERDUE_RANK_LIFT: number = OVERDUE_LIFT * PRIORITY_SPAN
