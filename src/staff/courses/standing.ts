import { iso } from '../../base/clock.ts'
import { DAY_MS } from '../context.ts'
import type { Assignment } from '../records.ts'
import type { Courseware, Loaded } from './catalogue.ts'
import type { Completion, CourseStanding, CourseState } from './schema.ts'

/** Completions of one person by course. */
export type Completions = ReadonlyMap<string, Completion>

interface Terms {
  readonly nowMs: number
  /** How long somebody has who holds a role newly. */
  readonly firstTrainingDays: number
}

type Held = Pick<Assignment, 'role' | 'grantedAt'>

/** What the roles of somebody ask for, course by course, what is due first coming first. */
export function standingsOf(
  courseware: Courseware,
  held: readonly Held[],
  completions: Completions,
  terms: Terms,
): CourseStanding[] {
  return courseware.all
    .flatMap((loaded) => {
      const asking = held.filter(({ role }) => courseware.of(role).includes(loaded))
      if (asking.length === 0) return []
      const { id: course, title, version } = loaded.course
      const completion = completions.get(course) ?? null
      const roles = [...new Set(asking.map(({ role }) => role))].sort()
      return [{ course, title, version, roles, completion, ...stateOf(loaded, asking, completion, terms) }]
    })
    .toSorted((a, b) => a.dueAt.localeCompare(b.dueAt) || a.course.localeCompare(b.course))
}

/**
 * Until when all that a role asks for is completed.
 *
 * @returns milliseconds since the epoch; null while something is missing, outdated or expired
 */
export function trainedUntilMs(courses: readonly Loaded[], completions: Completions, nowMs: number): number | null {
  let untilMs = Number.POSITIVE_INFINITY
  for (const { course } of courses) {
    const completion = completions.get(course.id)
    const validMs = completion === undefined ? 0 : Date.parse(completion.validUntil)
    if (completion === undefined || completion.version < course.version || validMs <= nowMs) return null
    untilMs = Math.min(untilMs, validMs)
  }
  return Number.isFinite(untilMs) ? untilMs : null
}

function stateOf(
  { course }: Loaded,
  asking: readonly Held[],
  completion: Completion | null,
  { nowMs, firstTrainingDays }: Terms,
): { readonly state: CourseState; readonly dueAt: string } {
  const sinceMs = course.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(course.since)
  const firstMs = Math.min(...asking.map(({ grantedAt }) => Date.parse(grantedAt)))
  const graceMs = Math.max(firstMs, sinceMs) + firstTrainingDays * DAY_MS
  if (completion === null) return { state: graceMs <= nowMs ? 'overdue' : 'missing', dueAt: iso(graceMs) }
  const { validUntil, version } = completion
  if (Date.parse(validUntil) <= nowMs) return { state: 'expired', dueAt: validUntil }
  return { state: version < course.version ? 'outdated' : 'current', dueAt: validUntil }
}
