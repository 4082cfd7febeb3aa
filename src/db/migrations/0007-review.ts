import { type Kysely, sql } from 'kysely'

/** Ids, queues and filters compare by bytes, whatever the locale. */
const BYTES = sql`text collate "C"`

/**
 * Cases that people judge. `rank` is one number by which everything is ordered, so that every list and every claim walks an index; the
 * partial indexes hold only what is still to be decided and stay small however many cases there ever were.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await cases(db)
  await work(db)
  await wellbeing(db)
  await bookkeeping(db)
}

async function cases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('review_case')
    .addColumn('id', BYTES, (c) => c.primaryKey())
    .addColumn('merge_key', BYTES, (c) => c.unique()) // set only while others may still be merged into it
    .addColumn('basis', BYTES, (c) => c.notNull())
    .addColumn('queue', BYTES, (c) => c.notNull())
    .addColumn('home_queue', BYTES, (c) => c.notNull())
    .addColumn('desk', BYTES, (c) => c.notNull())
    .addColumn('state', BYTES, (c) => c.notNull())
    .addColumn('severity', BYTES, (c) => c.notNull())
    .addColumn('label', BYTES)
    .addColumn('clause', BYTES)
    .addColumn('side', BYTES)
    .addColumn('score', 'float8')
    .addColumn('threshold', 'float8')
    .addColumn('organisation', BYTES)
    .addColumn('project', BYTES)
    .addColumn('key', BYTES)
    .addColumn('end_user', BYTES)
    .addColumn('model', BYTES)
    .addColumn('policy_version', BYTES)
    .addColumn('items', 'integer', (c) => c.notNull())
    .addColumn('second_read', 'boolean', (c) => c.notNull())
    .addColumn('abstentions', 'integer', (c) => c.notNull())
    .addColumn('rank', 'bigint', (c) => c.notNull())
    .addColumn('opened_at', 'timestamptz', (c) => c.notNull())
    .addColumn('last_at', 'timestamptz', (c) => c.notNull())
    .addColumn('due_at', 'timestamptz', (c) => c.notNull())
    .addColumn('overdue_at', 'timestamptz') // when it was noticed
    .addColumn('claim_id', BYTES)
    .addColumn('claimed_by', BYTES)
    .addColumn('claimed_at', 'timestamptz')
    .addColumn('claim_expires_at', 'timestamptz')
    .addColumn('outcome', BYTES)
    .addColumn('decided_at', 'timestamptz')
    .addColumn('handoff', BYTES)
    .addCheckConstraint(
      'review_case_decided',
      sql`(state = 'decided') = (outcome is not null and decided_at is not null)`,
    )
    .addCheckConstraint(
      'review_case_claim',
      sql`(claim_id is null) = (claimed_by is null) and (claim_id is null) = (claim_expires_at is null)`,
    )
    .execute()
  const open = sql`where state <> 'decided'`
  for (const column of ['desk', 'queue', 'organisation', 'severity', 'state']) {
    await sql`create index ${sql.ref(`review_open_${column}`)} on review_case (${sql.ref(column)}, rank, id) ${open}`.execute(
      db,
    )
  }
  await sql`create index review_open_rank on review_case (rank, id) ${open}`.execute(db)
  await sql`create index review_open_oldest on review_case (queue, opened_at) ${open}`.execute(db)
  await sql`create index review_not_yet_overdue on review_case (due_at) where state <> 'decided' and overdue_at is null`.execute(
    db,
  )
  await sql`create index review_claimed on review_case (claimed_by, rank, id) where claim_id is not null`.execute(db)
  for (const column of ['queue', 'organisation', 'severity']) {
    await sql`create index ${sql.ref(`review_decided_${column}`)} on review_case (${sql.ref(column)}, decided_at desc, id desc)
      where state = 'decided'`.execute(db)
  }
  await sql`create index review_decided on review_case (decided_at desc, id desc) where state = 'decided'`.execute(db)
  await sql`create index review_handoff_owed on review_case (decided_at) where handoff in ('owed', 'drafted')`.execute(
    db,
  )
  await db.schema
    .createTable('review_item')
    .addColumn('source', BYTES, (c) => c.primaryKey()) // `dec_…`, or what a pattern or a report is known by
    .addColumn('case_id', BYTES, (c) => c.notNull().references('review_case.id'))
    .addColumn('decision_id', BYTES)
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('review_item_case').on('review_item').columns(['case_id', 'source']).execute()
}

async function work(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('review_reading')
    .addColumn('case_id', BYTES, (c) => c.notNull().references('review_case.id'))
    .addColumn('reader', BYTES, (c) => c.notNull())
    .addColumn('stage', BYTES, (c) => c.notNull())
    .addColumn('queue', BYTES, (c) => c.notNull()) // the case's home queue: agreement is counted by it
    .addColumn('verdict', BYTES, (c) => c.notNull())
    .addColumn('labels', 'text', (c) => c.notNull()) // JSON
    .addColumn('note', 'text', (c) => c.notNull())
    .addColumn('proposal', 'text') // JSON
    .addColumn('claimed_at', 'timestamptz', (c) => c.notNull())
    .addColumn('decided_at', 'timestamptz', (c) => c.notNull())
    .addPrimaryKeyConstraint('review_reading_pkey', ['case_id', 'reader']) // nobody reads a case twice
    .execute()
  await sql`create index review_reading_second on review_reading (decided_at) where stage = 'second'`.execute(db)
  await db.schema
    .createTable('review_handoff')
    .addColumn('case_id', BYTES, (c) => c.primaryKey().references('review_case.id'))
    .addColumn('form', 'text', (c) => c.notNull()) // JSON
    .addColumn('drafted_by', BYTES, (c) => c.notNull())
    .addColumn('drafted_at', 'timestamptz', (c) => c.notNull())
    .addColumn('sent_by', BYTES)
    .addColumn('sent_at', 'timestamptz')
    .addColumn('report_number', 'text')
    .execute()
}

async function wellbeing(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('review_reveal')
    .addColumn('id', BYTES, (c) => c.primaryKey())
    .addColumn('reader', BYTES, (c) => c.notNull())
    .addColumn('case_id', BYTES, (c) => c.notNull().references('review_case.id'))
    .addColumn('decision_id', BYTES, (c) => c.notNull())
    .addColumn('part', BYTES, (c) => c.notNull())
    .addColumn('weight', 'float8', (c) => c.notNull())
    .addColumn('at', 'timestamptz', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('review_reveal_reader').on('review_reveal').columns(['reader', 'at']).execute()
  await db.schema.createIndex('review_reveal_case').on('review_reveal').columns(['case_id', 'at']).execute()
  await db.schema
    .createTable('review_allowance')
    .addColumn('id', BYTES, (c) => c.primaryKey())
    .addColumn('reader', BYTES, (c) => c.notNull())
    .addColumn('given_by', BYTES, (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('items', 'integer', (c) => c.notNull())
    .addColumn('weight', 'float8', (c) => c.notNull())
    .addColumn('day', BYTES, (c) => c.notNull())
    .addColumn('given_at', 'timestamptz', (c) => c.notNull())
    .addColumn('acknowledged_at', 'timestamptz')
    .execute()
  await db.schema.createIndex('review_allowance_reader').on('review_allowance').columns(['reader', 'day']).execute()
}

async function bookkeeping(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('review_tally') // so that counting a million cases is reading some rows
    .addColumn('queue', BYTES, (c) => c.notNull())
    .addColumn('state', BYTES, (c) => c.notNull())
    .addColumn('desk', BYTES, (c) => c.notNull())
    .addColumn('open', 'bigint', (c) => c.notNull())
    .addColumn('overdue', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('review_tally_pkey', ['queue', 'state'])
    .execute()
  await db.schema
    .createTable('review_outbox')
    .addColumn('position', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity())
    .addColumn('channel', BYTES, (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull()) // JSON
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('due_at', 'timestamptz', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('review_outbox_due').on('review_outbox').columns(['channel', 'position']).execute()
}
