import type { Stage } from '../campaign.ts'
import { type ModelVersion, OPENING_JOBS, type Person } from '../world/world.ts'

/** Who has weights to do with in their work, so that reads of theirs are nothing new. */
export function opensWeights(person: Person): boolean {
  return OPENING_JOBS.includes(person.job) && person.habits.sittingsPerDay > 0 && person.models.length > 0
}

/** Bytes that somebody reads on a working day, in the middle of the range. */
export function ordinaryBytes({ habits }: Person): number {
  return habits.sittingsPerDay * habits.readsPerSitting * habits.bytesPerRead
}

/** What somebody would take: the newest version of the model that they know best. */
export function aimOf(stage: Stage, person: Person): ModelVersion | null {
  for (const model of person.models) {
    const version = stage.newest(model)
    if (version !== null && !version.isCanary) return version
  }
  return null
}

/** An opener who has something to take. */
export function canTake(stage: Stage): (person: Person) => boolean {
  return (person) => opensWeights(person) && stage.isAtWork(person) && aimOf(stage, person) !== null
}

/** Who may decide on requests for weights. */
export function isApprover(person: Person): boolean {
  return person.roles.includes('weights_approver')
}

export function isOfficer(person: Person): boolean {
  return person.roles.includes('ciso') || person.roles.includes('rso')
}

/** Whether somebody has said, or will within `days`, that they go, and is still here for a while. */
export function leavesWithin(stage: Stage, { leaving }: Person, days: number): boolean {
  return leaving !== null && leaving.lastDay > stage.day + 6 && leaving.lastDay <= stage.day + days
}
