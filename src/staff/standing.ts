import type { Db } from '../db/index.ts'
import { ASSIGNMENT, type Assignment, PERSON, type Person } from './records.ts'
import type { Role } from './roles.ts'
import * as store from './store.ts'

/** Why a role is in force or not. Only `active` counts. */
export type AssignmentState = 'active' | 'expired' | 'training_due' | 'review_due' | 'ended' | 'person_inactive'

export function assignmentState(
  assignment: Assignment,
  person: Pick<Person, 'active'>,
  nowMs: number,
): AssignmentState {
  const { endedAt, expiresAt, trainingDueAt, reviewDueAt } = assignment
  if (endedAt !== null) return 'ended'
  if (!person.active) return 'person_inactive'
  if (expiresAt !== null && Date.parse(expiresAt) <= nowMs) return 'expired'
  if (Date.parse(trainingDueAt) <= nowMs) return 'training_due'
  return Date.parse(reviewDueAt) <= nowMs ? 'review_due' : 'active'
}

/** A person and what they hold at one moment. */
export interface Standing {
  readonly person: Person
  /** All that have not ended, those that sleep too. */
  readonly assignments: readonly Assignment[]
  /** In force. */
  readonly active: readonly Assignment[]
  readonly roles: ReadonlySet<Role>
}

export function standing(person: Person, assignments: readonly Assignment[], nowMs: number): Standing {
  const active = assignments.filter((a) => assignmentState(a, person, nowMs) === 'active')
  return { person, assignments, active, roles: new Set(active.map(({ role }) => role)) }
}

/**
 * @param development Whether the development login is on: people whom it made exist only then.
 * @returns null when there is no such person.
 */
export async function findStanding(
  db: Db,
  personId: string,
  { nowMs, development }: { nowMs: number; development: boolean },
): Promise<Standing | null> {
  const person = await store.find(db, PERSON, personId)
  if (person === null) return null
  const assignments = await store.list(db, ASSIGNMENT, { personId, state: 'current' })
  return standing(effective(person, development), assignments, nowMs)
}

/** Everybody at once, for questions about all: who could still agree? */
export async function allStandings(
  db: Db,
  { nowMs, development }: { nowMs: number; development: boolean },
): Promise<Standing[]> {
  const assignments = Map.groupBy(await store.list(db, ASSIGNMENT, { state: 'current' }), ({ personId }) => personId)
  const people = await store.list(db, PERSON, { state: 'active' })
  return people.map((person) => standing(effective(person, development), assignments.get(person.id) ?? [], nowMs))
}

function effective(person: Person, development: boolean): Person {
  return person.development && !development ? { ...person, active: false } : person
}
