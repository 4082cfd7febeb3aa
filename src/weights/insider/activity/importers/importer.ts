import type { Activity } from '../activity.ts'
import type { Fault } from '../fault.ts'

/**
 * Whom a source means: names there (`alice@example.org`, `arn:aws:iam::…:user/alice`, a user number) are not ours, and most are personal
 * data. Null = not one of the staff; the activity then has no person.
 */
export type PeopleOf = (name: string) => string | null

/** What came of some of a source's records, in their order: one result each, and one more for what an event of several records comes to. */
export type Imported = readonly (Activity | Fault)[]

/** Reads the lines of one source, one after the other. Never throws, whatever a line holds. */
export interface Importer {
  add(line: string): Imported
  /** What still waited for more of its records. */
  end(): Imported
}

/** The first name that belongs to one of the staff. */
export function personBy(people: PeopleOf, names: readonly (string | null)[]): string | null {
  for (const name of names) {
    const person = name === null || name === '' ? null : people(name)
    if (person !== null) return person
  }
  return null
}
