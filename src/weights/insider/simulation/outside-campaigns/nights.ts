import type { Stage } from '../campaign.ts'
import type { Person } from '../world/world.ts'

/** Lets so many nights go by. */
export function* nights(count: number): Generator<void, void, void> {
  for (let gone = 0; gone < count; gone++) yield
}

/** Waits for a day on which `person` works. @returns whether one came within `most` days */
export function* untilAtWork(stage: Stage, person: Person, most = 14): Generator<void, boolean, void> {
  return yield* until(() => stage.isAtWork(person), most)
}

/** Waits for a day on which something holds, this one included. @returns whether one came within `most` days */
export function* until(holds: () => boolean, most: number): Generator<void, boolean, void> {
  for (let gone = 0; gone <= most; gone++) {
    if (holds()) return true
    yield
  }
  return false
}

/** Monday to Friday, UTC. */
export function isWeekday(stage: Stage): boolean {
  const day = new Date(stage.dayMs).getUTCDay()
  return day >= 1 && day <= 5
}
