import { z } from 'zod'
import type { RecordKind } from '../records.ts'
import { Completion } from './schema.ts'

const When = z.iso.datetime()

/** One try at the questions of a course. */
const Attempt = z.object({
  id: z.string(),
  personId: z.string(),
  course: z.string(),
  /** Of the course as it was asked: another text is another try. */
  digest: z.string(),
  seed: z.string(),
  startedAt: When,
  gradedAt: When.nullable(),
})
export type Attempt = z.infer<typeof Attempt>
export const ATTEMPT: RecordKind<Attempt> = {
  kind: 'course_attempt',
  schema: Attempt,
  // The time after which it may be swept.
  columns: ({ id, personId, startedAt }) => ({ id, personId, state: startedAt }),
}

/** The newest completion of a course by somebody; those before stand on the ledger. */
const Completed = Completion.extend({ id: z.string(), personId: z.string() })
export type Completed = z.infer<typeof Completed>
export const COMPLETED: RecordKind<Completed> = {
  kind: 'course_completion',
  schema: Completed,
  columns: ({ id, personId }) => ({ id, personId }),
}

/** That it was said that a role fell asleep, so that it is said once. */
const Told = z.object({ id: z.string(), personId: z.string(), dueAt: When })
export type Told = z.infer<typeof Told>
export const TOLD: RecordKind<Told> = {
  kind: 'course_told',
  schema: Told,
  columns: ({ id, personId }) => ({ id, personId }),
}
