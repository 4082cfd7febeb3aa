import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { assignmentState, type Role, type Staff } from '../staff/index.ts'

/** Which roles somebody holds at this moment; none for who is not there or has left. */
export function rolesHeld({ assignments, people }: Pick<Staff, 'assignments' | 'people'>, clock: Clock) {
  return async (personId: string): Promise<ReadonlySet<Role>> => {
    const person = await people.get(personId).catch(orNull)
    if (person === null) return new Set()
    const held = await assignments.list(personId)
    const active = held.filter((one) => assignmentState(one, person, clock.now()) === 'active')
    return new Set(active.map(({ role }) => role))
  }
}

function orNull(error: unknown): null {
  if (error instanceof AppError && error.code === 'NOT_FOUND') return null
  throw error
}
