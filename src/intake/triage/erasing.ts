import type { Db } from '../../db/index.ts'
import { records } from '../store.ts'
import { REPRODUCTION } from './kinds.ts'

/**
 * The records under which words of these reports are sealed: their own, and those of what was tried to see them again. Regression cases keep
 * their conversation, and advisories what is public.
 */
export async function recordsWithWordsOf(db: Db, reports: readonly string[]): Promise<string[]> {
  const tried = await Promise.all(reports.map((about) => records.list(db, REPRODUCTION, { about })))
  return [...reports, ...tried.flat().map(({ id }) => id)]
}
