import { sql } from 'kysely'
import type { Db } from '../db/index.ts'

export interface LabelRow {
  readonly id: string
  readonly basis: string
  readonly side: string | null
  readonly label: string | null
  readonly outcome: string
  readonly decidedAt: Date
  /** The decision that was looked at last, else the first one of the case. */
  readonly decisionId: string | null
  /** JSON of each reading, in the order in which they were given. */
  readonly readings: string
}

/** Decided cases of everybody's and of the lead's desk, oldest first; never restricted ones. */
export async function listDecidedForLabels(
  db: Db,
  range: { since: Date; until: Date; beyond: { at: Date; id: string } | null; limit: number },
): Promise<LabelRow[]> {
  const { since, until, beyond, limit } = range
  const after = beyond === null ? sql`true` : sql`(c.decided_at, c.id) > (${beyond.at}::timestamptz, ${beyond.id})`
  const { rows } = await sql<LabelRow>`
    select c.id, c.basis, c.side, c.label, c.outcome, c.decided_at,
      coalesce(
        (select v.decision_id from review_reveal v where v.case_id = c.id order by v.at desc limit 1),
        (select i.decision_id from review_item i where i.case_id = c.id order by i.source limit 1)) as decision_id,
      (select coalesce(jsonb_agg(jsonb_build_object('stage', r.stage, 'verdict', r.verdict, 'labels', r.labels::jsonb)
        order by r.decided_at), '[]')::text from review_reading r where r.case_id = c.id) as readings
    from review_case c
    where c.state = 'decided' and c.desk <> 'restricted' and c.decided_at >= ${since} and c.decided_at < ${until} and ${after}
    order by c.decided_at, c.id limit ${limit}`.execute(db)
  return rows
}
