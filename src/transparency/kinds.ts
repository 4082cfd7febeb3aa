import { z } from 'zod'
import { RECORD_TABLES } from '../db/index.ts'
import { type RecordKind, Records } from '../journal/index.ts'
import { Edition } from './schema.ts'

/** What this room keeps. */
export const records = new Records(RECORD_TABLES.transparency)

export const EDITION: RecordKind<Edition> = {
  kind: 'edition',
  schema: Edition,
  columns: ({ quarter, edition, publishedAt }) => ({
    id: editionId(quarter, edition),
    about: quarter,
    at: publishedAt,
  }),
}

/** Sorts as text in the order of quarters, then of editions. */
export function editionId(quarter: string, edition: number): string {
  return `${quarter}/${String(edition).padStart(6, '0')}`
}

const Count = z.int().nonnegative()

/** What the gateway decided on one day, UTC, canaries apart. */
export const DayCounts = z.object({
  day: z.iso.date(),
  outcomes: z.record(z.string(), Count),
  /** Refused or cut, and passed on all the same. */
  passedOn: Count,
  /** Refused for the harmless test string. */
  tests: Count,
  /** Answered, though a category could not be judged. */
  unevaluated: Count,
  /** Refused and cut, by `clause/category`. */
  cells: z.record(z.string(), Count),
  canaries: z.object({ sent: Count, missed: Count, unanswered: Count }),
})
export type DayCounts = z.infer<typeof DayCounts>

export const DAY: RecordKind<DayCounts> = {
  kind: 'day',
  schema: DayCounts,
  columns: ({ day }) => ({ id: day, at: `${day}T00:00:00.000Z` }),
}
