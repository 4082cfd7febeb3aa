import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('organisation')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addColumn('version', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('project')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('organisation_id', 'text', (c) => c.notNull().references('organisation.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('requests_per_minute', 'integer', (c) => c.check(sql`requests_per_minute > 0`))
    .addColumn('tokens_per_minute', 'integer', (c) => c.check(sql`tokens_per_minute > 0`))
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addColumn('version', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('api_key')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('project.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('secret_hash', 'text', (c) => c.notNull().unique().check(sql`secret_hash ~ '^[0-9a-f]{64}$'`))
    .addColumn('prefix', 'text', (c) => c.notNull())
    .addColumn('last4', 'text', (c) => c.notNull())
    .addColumn('test_string', 'boolean', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addColumn('expires_at', 'timestamptz')
    .addColumn('revoked_at', 'timestamptz')
    .addColumn('revoked_reason', 'text')
    .addColumn('last_used_at', 'timestamptz')
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addCheckConstraint('api_key_revoked_with_reason', sql`(revoked_at is null) = (revoked_reason is null)`)
    .execute()
  for (const table of ['organisation', 'project', 'api_key']) {
    await db.schema.createIndex(`${table}_version`).on(table).column('version').execute()
  }
  await db.schema
    .createTable('account_head')
    .addColumn('version', 'bigint', (c) => c.notNull())
    .execute()
  await sql`insert into account_head (version) values (0)`.execute(db)
  await db.schema
    .createTable('account_intent')
    .addColumn('position', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('change', 'text', (c) => c.notNull())
    .execute()
}
