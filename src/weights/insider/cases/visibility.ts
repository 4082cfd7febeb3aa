import type { Viewer } from '../ports.ts'
import type { Pseudonyms } from '../pseudonyms.ts'
import type { Case } from './schema.ts'

/**
 * Whether a case is there for somebody. Whom it is about sees nothing of it, nor does who acts in their stead: not in lists, counts, what waits
 * for approval, or by its id. Once the link to the person is erased it tells nobody anything about anybody.
 */
export function maySee({ tag }: Pick<Case, 'tag'>, { personId, principals }: Viewer, pseudonyms: Pseudonyms): boolean {
  if (tag === null) return true
  return [personId, ...principals].every((one) => pseudonyms.tag(one) !== tag)
}

/** Times give people away to whoever reads the ledger: until a case is opened they are told to the hour. */
export function toTheHour(at: string): string {
  return `${at.slice(0, 13)}:00:00.000Z`
}
