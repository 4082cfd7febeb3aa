import type { Kysely } from 'kysely'
import { sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('notify_cursor')
    .addColumn('channel', 'text', (c) => c.primaryKey())
    .addColumn('position', 'bigint', (c) => c.notNull())
    .addColumn('leased_until', 'timestamptz', (c) => c.notNull())
    .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_at', 'timestamptz', (c) => c.notNull())
    .addColumn('last_error', 'text')
    .addColumn('last_success_at', 'timestamptz')
    .execute()
  await db.schema
    .createTable('notify_delivery')
    .addColumn('id', sql`text collate "C"`, (c) => c.primaryKey())
    .addColumn('channel', 'text', (c) => c.notNull())
    .addColumn('position', 'bigint', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('waiting', 'delivered', 'failed', 'erased')`))
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_at', 'timestamptz', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addColumn('ended_at', 'timestamptz')
    .addColumn('last_error', 'text')
    .addUniqueConstraint('notify_delivery_once', ['channel', 'position'])
    .execute()
  await sql`create index notify_delivery_due on notify_delivery (next_at) where state = 'waiting'`.execute(db)
  await db.schema
    .createTable('notify_webhook')
    .addColumn('id', sql`text collate "C"`, (c) => c.primaryKey())
    .addColumn('organisation_id', 'text', (c) => c.notNull())
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('sealed_secret', 'bytea', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addColumn('ended_at', 'timestamptz')
    .addColumn('ended_why', 'text')
    .execute()
  await db.schema.createIndex('notify_webhook_of').on('notify_webhook').column('organisation_id').execute()
}
