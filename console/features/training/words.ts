import type { CourseStanding } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export const STATES: Record<CourseStanding['state'], readonly [State, string]> = {
  current: ['holds', 'completed'],
  missing: ['unknown', 'not taken yet'],
  overdue: ['fails', 'overdue'],
  outdated: ['watch', 'has a newer version'],
  expired: ['fails', 'to be taken again'],
}

/** What somebody has to do something about. */
export function isOpen({ state }: CourseStanding): boolean {
  return state !== 'current'
}

export function isLate({ state }: CourseStanding): boolean {
  return state === 'overdue' || state === 'expired'
}
