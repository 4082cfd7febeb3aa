import { sql } from 'kysely'
import type { Db } from '../db/index.ts'

export interface Pair {
  readonly queue: string
  readonly first: string
  readonly second: string
  readonly count: number
}

/** What first and second readers said of the same case, counted; those who passed it on are left out. */
export async function countPairs(db: Db, since: Date): Promise<Pair[]> {
  const { rows } = await sql<Pair>`
    select f.queue, f.verdict as first, s.verdict as second, count(*) as count
    from review_reading s join review_reading f on f.case_id = s.case_id
    where s.stage = 'second' and f.stage = 'first' and s.decided_at >= ${since}
      and s.verdict in ('uphold', 'overturn') and f.verdict in ('uphold', 'overturn')
    group by f.queue, f.verdict, s.verdict`.execute(db)
  return rows
}

/** As `countPairs`, label by label, for labels that both judged; `queue` holds the label. */
export async function countLabelPairs(db: Db, since: Date, withRestricted: boolean): Promise<Pair[]> {
  const { rows } = await sql<Pair>`
    select l.key as queue, l.value as first, s.labels::jsonb ->> l.key as second, count(*) as count
    from review_reading s join review_reading f on f.case_id = s.case_id
    cross join lateral jsonb_each_text(f.labels::jsonb) l
    where s.stage = 'second' and f.stage = 'first' and s.decided_at >= ${since}
      and (${withRestricted} or f.queue <> 'restricted')
      and l.value in ('present', 'absent') and s.labels::jsonb ->> l.key in ('present', 'absent')
    group by 1, 2, 3`.execute(db)
  return rows
}
