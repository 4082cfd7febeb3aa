import { type Kysely, sql } from 'kysely'

/** Versions of the acceptable use policy, which never change, and the drafts that may become versions. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('policy_version')
    .addColumn('number', 'bigint', (c) => c.primaryKey())
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull().check(sql`digest ~ '^[0-9a-f]{64}$'`))
    .addColumn('document', 'text', (c) => c.notNull()) // YAML as it was written, comments and all
    .addColumn('source', 'text', (c) => c.notNull().check(sql`source in ('file', 'published')`))
    .addColumn('changelog', 'text', (c) => c.notNull())
    .addColumn('previous', 'text')
    .addColumn('draft_id', 'text')
    .addColumn('approval_id', 'text', (c) => c.unique())
    .addColumn('requested_by', 'text')
    .addColumn('approved_by', 'text', (c) => c.notNull()) // JSON
    .addColumn('published_at', 'timestamptz', (c) => c.notNull())
    .addColumn('effective_at', 'timestamptz', (c) => c.notNull())
    .addColumn('in_force_at', 'timestamptz')
    .execute()
  await db.schema.createIndex('policy_version_digest').on('policy_version').column('digest').execute()
  await db.schema
    .createTable('policy_draft')
    .addColumn('id', sql`text collate "C"`, (c) => c.primaryKey())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('revision', 'text', (c) => c.notNull().check(sql`revision ~ '^[0-9a-f]{64}$'`))
    .addColumn('base', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('open', 'published', 'discarded')`))
    .addColumn('proposal', 'text') // JSON
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'timestamptz', (c) => c.notNull())
    .addColumn('updated_by', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('policy_shadow')
    .addColumn('draft_id', 'text', (c) => c.primaryKey().references('policy_draft.id'))
    .addColumn('document', 'text', (c) => c.notNull()) // as it was when the shadow began: edits do not change it
    .addColumn('revision', 'text', (c) => c.notNull())
    .addColumn('started_at', 'timestamptz', (c) => c.notNull())
    .addColumn('started_by', 'text', (c) => c.notNull())
    .addColumn('stopped_at', 'timestamptz')
    .addColumn('counts', 'text', (c) => c.notNull()) // JSON
    .execute()
  // One at a time: each costs every request a decision.
  await sql`create unique index policy_shadow_one on policy_shadow ((true)) where stopped_at is null`.execute(db)
  await db.schema
    .createTable('policy_replay')
    .addColumn('id', sql`text collate "C"`, (c) => c.primaryKey())
    .addColumn('draft_id', 'text', (c) => c.notNull().references('policy_draft.id'))
    .addColumn('revision', 'text', (c) => c.notNull())
    .addColumn('since', 'timestamptz', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('running', 'done', 'failed')`))
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('report', 'text') // JSON
    .addColumn('problem', 'text')
    .addColumn('started_at', 'timestamptz', (c) => c.notNull())
    .addColumn('started_by', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'timestamptz', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('policy_replay_draft').on('policy_replay').column('draft_id').execute()
  await db.schema
    .createTable('policy_head')
    .addColumn('change', 'bigint', (c) => c.notNull())
    .execute()
  await sql`insert into policy_head (change) values (0)`.execute(db)
}
