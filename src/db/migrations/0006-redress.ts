import { type Kysely, sql } from 'kysely'

/**
 * What customers are owed: exemptions, statements of reasons, appeals, acceptances of the policy. Small documents that are read whole, one
 * table for all kinds; columns repeat what is searched for. Words that people wrote stand apart, sealed, so that they can go alone.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('redress_record')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('id', sql`text collate "C"`, (c) => c.notNull()) // pages compare: bytes, whatever the locale
    .addColumn('organisation_id', 'text')
    .addColumn('about', 'text')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('due_at', 'timestamptz')
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('redress_record_pkey', ['kind', 'id'])
    .execute()
  const index = (
    name: string,
    columns: ('kind' | 'organisation_id' | 'about' | 'state' | 'due_at' | 'version' | 'id')[],
  ) => db.schema.createIndex(`redress_record_${name}`).on('redress_record').columns(columns).execute()
  await index('organisation', ['kind', 'organisation_id', 'id'])
  await index('about', ['kind', 'about', 'id'])
  await index('state', ['kind', 'state', 'id'])
  await index('due', ['kind', 'state', 'due_at'])
  await index('version', ['version'])
  await db.schema
    .createTable('redress_text')
    .addColumn('record_id', 'text', (c) => c.notNull())
    .addColumn('part', 'text', (c) => c.notNull())
    .addColumn('sealed', 'text', (c) => c.notNull()) // base64
    .addPrimaryKeyConstraint('redress_text_pkey', ['record_id', 'part'])
    .execute()
  await db.schema
    .createTable('redress_head')
    .addColumn('version', 'bigint', (c) => c.notNull())
    .execute()
  await sql`insert into redress_head (version) values (0)`.execute(db)
  await db.schema
    .createTable('redress_intent')
    .addColumn('position', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('events', 'text', (c) => c.notNull())
    .addColumn('change', 'text', (c) => c.notNull())
    .execute()
}
