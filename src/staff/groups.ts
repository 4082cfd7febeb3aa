import { iso } from '../base/clock.ts'
import type { Db } from '../db/index.ts'
import type { Happening } from '../journal/index.ts'
import { newAssignment } from './assignments.ts'
import { rolesOfGroups } from './config.ts'
import type { StaffContext } from './context.ts'
import type { Change } from './journal.ts'
import { endEvent } from './people.ts'
import { ASSIGNMENT, PERSON, type Person } from './records.ts'
import { conflictsWith } from './roles.ts'
import * as store from './store.ts'

/**
 * Brings somebody's roles in line with their groups at the identity provider. Groups give ordinary roles; sensitive ones they only suggest,
 * since an administrator over there is one person. What groups gave or suggested goes when they don't any longer, whoever granted it.
 */
export async function syncGroups(
  context: StaffContext,
  { db, person, groups }: { db: Db; person: Person; groups: readonly string[] },
): Promise<Change<Person>> {
  const { given, suggested } = rolesOfGroups(context.config, groups)
  const now = new Set([...given, ...suggested])
  const held = await store.list(db, ASSIGNMENT, { personId: person.id, state: 'current' })
  const gone = person.groupRoles.filter((role) => !now.has(role))
  const lost = held.filter(({ role, deputyFor }) => gone.includes(role) && deputyFor === null)
  const kept = held.filter((assignment) => !lost.includes(assignment)).map(({ role }) => role)
  const gained = given
    .filter((role) => !kept.includes(role) && conflictsWith(role, [...kept, ...given]).length === 0)
    .map((role) => newAssignment(context, { personId: person.id, role, source: 'group' }))
  const synced: Person = { ...person, groupRoles: [...now] }
  const at = iso(context.clock.now())
  const events: Happening[] = [
    ...lost.map((assignment) => endEvent(assignment, 'group')),
    ...gained.map(({ id, role }) => ({
      kind: 'staff.role_granted',
      subject: { type: 'assignment', id },
      data: { person: person.id, role, source: 'group' },
    })),
  ]
  return {
    events,
    puts: [
      store.put(PERSON, synced),
      ...lost.map((assignment) => store.put(ASSIGNMENT, { ...assignment, endedAt: at, endedReason: 'group' })),
      ...gained.map((assignment) => store.put(ASSIGNMENT, assignment)),
    ],
    result: synced,
  }
}
