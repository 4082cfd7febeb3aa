import { type Kysely, sql } from 'kysely'

/**
 * Everything that the room `staff` knows, in one table of small documents that are read whole: people, passkeys, roles, sessions,
 * approvals. Columns repeat what is searched for. Hundreds of people and thousands of approvals make no large table.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('staff_record')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('id', sql`text collate "C"`, (c) => c.notNull()) // pages and sweeps compare: bytes, whatever the locale
    .addColumn('person_id', 'text')
    .addColumn('lookup', 'text')
    .addColumn('state', sql`text collate "C"`, (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull()) // JSON; text, since jsonb would rewrite what was signed
    .addPrimaryKeyConstraint('staff_record_pkey', ['kind', 'id'])
    .addUniqueConstraint('staff_record_lookup', ['kind', 'lookup'])
    .execute()
  await db.schema.createIndex('staff_record_person').on('staff_record').columns(['kind', 'person_id']).execute()
  await db.schema.createIndex('staff_record_state').on('staff_record').columns(['kind', 'state', 'id']).execute()
  await db.schema
    .createTable('staff_intent')
    .addColumn('position', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('events', 'text', (c) => c.notNull())
    .addColumn('change', 'text', (c) => c.notNull())
    .execute()
}
