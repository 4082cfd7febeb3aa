import { type Kysely, sql } from 'kysely'

/** To find the cases of one decision, one end user or one key: all that there are, open and decided. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index review_item_decision on review_item (decision_id) where decision_id is not null`.execute(db)
  await sql`create index review_case_end_user on review_case (end_user) where end_user is not null`.execute(db)
  await sql`create index review_case_key on review_case (key) where key is not null`.execute(db)
}
