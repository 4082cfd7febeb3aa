import { type Kysely, sql } from 'kysely'

/**
 * Who has read a case stands on it too, sorted: a claim goes by the few sets of readers that there are, and never walks past what its
 * reader has read.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table review_case add column read_by text[] collate "C" not null default '{}'`.execute(db)
  await sql`update review_case set read_by = found.readers
    from (select case_id, array_agg(reader order by reader) as readers from review_reading group by case_id) found
    where found.case_id = review_case.id`.execute(db)
  for (const column of ['desk', 'queue']) {
    await sql`create index ${sql.ref(`review_unread_${column}`)} on review_case (${sql.ref(column)}, read_by, rank, id)
      where state <> 'decided'`.execute(db)
  }
}
