import { type Kysely, sql } from 'kysely'

/** Ids and filters compare by bytes, whatever the locale: pages go by id. */
const BYTES = sql`text collate "C"`

const FILTERS = [
  'outcome',
  'label',
  'clause',
  'organisation',
  'project',
  'key',
  'end_user',
  'model',
  'surface',
  'policy_version',
] as const

const COARSE = ['outcome', 'label', 'model', 'surface', 'policy_version', 'enforced'] as const

/** The view over the ledger's decisions (everything here can be read from the ledger again), and what was said, encrypted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await decisions(db)
  await content(db)
}

async function decisions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('decision_source')
    .addColumn('id', 'integer', (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('origin', 'text', (c) => c.notNull().unique())
    .addColumn('next', 'bigint', (c) => c.notNull()) // position on that ledger that is to be read next
    .execute()
  await db.schema
    .createTable('decision')
    .addColumn('id', BYTES, (c) => c.primaryKey())
    .addColumn('source', 'integer', (c) => c.notNull().references('decision_source.id'))
    .addColumn('position', 'bigint', (c) => c.notNull())
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    .addColumn('outcome', BYTES, (c) => c.notNull())
    .addColumn('enforced', 'boolean', (c) => c.notNull())
    .addColumn('route', BYTES, (c) => c.notNull())
    .addColumn('dialect', BYTES)
    .addColumn('model', BYTES)
    .addColumn('surface', BYTES)
    .addColumn('organisation', BYTES)
    .addColumn('project', BYTES)
    .addColumn('key', BYTES)
    .addColumn('end_user', BYTES)
    .addColumn('side', BYTES)
    .addColumn('label', BYTES)
    .addColumn('clause', BYTES)
    .addColumn('severity', BYTES)
    .addColumn('policy_version', BYTES)
    .addColumn('test_string', 'boolean', (c) => c.notNull())
    .addColumn('detail', 'jsonb', (c) => c.notNull()) // the rest of the decision, read whole
    .addUniqueConstraint('decision_position', ['source', 'position'])
    .execute()
  for (const column of FILTERS) {
    // With the columns of few values beside it, two filters that rarely meet are answered from the index alone.
    await sql`create index ${sql.ref(`decision_${column}`)} on decision (${sql.ref(column)}, id desc)
      include (${sql.join(COARSE.filter((c) => c !== column).map((c) => sql.ref(c)))})
      where ${sql.ref(column)} is not null`.execute(db)
  }
  // Index-only scans need pages that were vacuumed: sooner than after a fifth of the table.
  await sql`alter table decision set (autovacuum_vacuum_insert_scale_factor = 0.02)`.execute(db)
  await sql`create index decision_unenforced on decision (id desc) where not enforced`.execute(db)
  await db.schema
    .createTable('decision_hour')
    .addColumn('hour', 'timestamptz', (c) => c.notNull())
    .addColumn('source', 'integer', (c) => c.notNull())
    .addColumn('surface', BYTES, (c) => c.notNull()) // '' = none
    .addColumn('outcome', BYTES, (c) => c.notNull())
    .addColumn('label', BYTES, (c) => c.notNull()) // '' = none
    .addColumn('enforced', 'boolean', (c) => c.notNull())
    .addColumn('count', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('decision_hour_pkey', ['hour', 'source', 'surface', 'outcome', 'label', 'enforced'])
    .execute()
  await db.schema
    .createTable('decision_follower')
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('source', 'integer', (c) => c.notNull())
    .addColumn('next', 'bigint', (c) => c.notNull()) // position from which it must be told
    .addPrimaryKeyConstraint('decision_follower_pkey', ['name', 'source'])
    .execute()
}

async function content(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('content')
    .addColumn('id', BYTES, (c) => c.primaryKey()) // of the decision
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    .addColumn('organisation', BYTES, (c) => c.notNull())
    .addColumn('project', BYTES, (c) => c.notNull())
    .addColumn('key', BYTES, (c) => c.notNull())
    .addColumn('end_user', BYTES)
    .addColumn('flagged', 'boolean', (c) => c.notNull())
    .addColumn('restricted', 'boolean', (c) => c.notNull())
    .addColumn('expires_at', 'timestamptz', (c) => c.notNull())
    .addColumn('wrapped_by', BYTES, (c) => c.notNull()) // id of the content key
    .addColumn('wrapped_key', 'bytea', (c) => c.notNull())
    .addColumn('sealed', 'bytea', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('content_expiry').on('content').column('expires_at').execute()
  await db.schema.createIndex('content_wrapping').on('content').columns(['wrapped_by', 'id']).execute()
  for (const column of ['organisation', 'project', 'key', 'end_user']) {
    await db.schema.createIndex(`content_by_${column}`).on('content').columns([column, 'id']).execute()
  }
  await db.schema
    .createTable('content_hold')
    .addColumn('id', BYTES, (c) => c.primaryKey())
    .addColumn('scope', BYTES, (c) => c.notNull())
    .addColumn('scope_id', BYTES, (c) => c.notNull())
    .addColumn('matter', 'text', (c) => c.notNull())
    .addColumn('placed_by', 'text', (c) => c.notNull())
    .addColumn('placed_at', 'timestamptz', (c) => c.notNull())
    .addColumn('lifted_by', 'text')
    .addColumn('lifted_at', 'timestamptz')
    .execute()
  await sql`create unique index content_hold_open on content_hold (scope, scope_id, matter) where lifted_at is null`.execute(
    db,
  )
  await db.schema
    .createTable('content_project')
    .addColumn('project', BYTES, (c) => c.primaryKey())
    .addColumn('zero_retention', 'boolean', (c) => c.notNull())
    .execute()
}
