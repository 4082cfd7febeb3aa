import { type Kysely, sql } from 'kysely'

/** Ids compare by bytes, whatever the locale: pages go by id. */
const BYTES = sql`text collate "C"`

/**
 * Strikes, actions and patterns: small documents that are read whole, one table for all three; columns repeat what is searched for.
 * Rows carry the number of the change that last touched them, so that replicas read only what is new.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('enforcement_record')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('id', BYTES, (c) => c.notNull())
    .addColumn('subject_id', BYTES, (c) => c.notNull())
    .addColumn('end_user_id', BYTES)
    .addColumn('key_id', BYTES)
    .addColumn('project_id', BYTES)
    .addColumn('organisation_id', BYTES)
    .addColumn('decision_id', BYTES)
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'timestamptz')
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('enforcement_record_pkey', ['kind', 'id'])
    .execute()
  for (const column of ['subject_id', 'end_user_id', 'key_id', 'project_id', 'organisation_id', 'decision_id']) {
    await sql`create index ${sql.ref(`enforcement_record_${column}`)} on enforcement_record (${sql.ref(column)}, kind, id)
      where ${sql.ref(column)} is not null`.execute(db)
  }
  await sql`create index enforcement_record_state on enforcement_record (kind, state, id)`.execute(db)
  await sql`create index enforcement_record_version on enforcement_record (version)`.execute(db)
  await db.schema
    .createTable('enforcement_head')
    .addColumn('version', 'bigint', (c) => c.notNull())
    .execute()
  await sql`insert into enforcement_head (version) values (0)`.execute(db)
  await db.schema
    .createTable('enforcement_intent')
    .addColumn('position', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('events', 'text', (c) => c.notNull())
    .addColumn('change', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('enforcement_cursor')
    .addColumn('origin', 'text', (c) => c.primaryKey())
    .addColumn('next', 'bigint', (c) => c.notNull()) // position on that ledger that is to be read next
    .execute()
}
