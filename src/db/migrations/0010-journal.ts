import { type Kysely, sql } from 'kysely'

/** Where each room kept its own before, with what its events and its change read as now. */
const BEFORE = [
  {
    room: 'accounts',
    table: 'account_intent',
    events: `'[' || event || ']'`,
    change: `'{"changes":[' || change || ']}'`,
  },
  { room: 'staff', table: 'staff_intent', events: 'events', change: 'change' },
  { room: 'enforcement', table: 'enforcement_intent', events: 'events', change: 'change' },
  { room: 'redress', table: 'redress_intent', events: 'events', change: 'change' },
]

/** Changes that wait to be recorded and take effect, of every room in one table; what waited in the rooms' own tables waits on. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('journal_intent')
    .addColumn('room', 'text', (c) => c.notNull())
    .addColumn('id', 'bigint', (c) => c.notNull().generatedAlwaysAsIdentity())
    .addColumn('events', 'text', (c) => c.notNull()) // text, since jsonb would rewrite what the ledger hashes
    .addColumn('change', 'text', (c) => c.notNull())
    .addColumn('created_at', 'timestamptz', (c) => c.notNull())
    .addPrimaryKeyConstraint('journal_intent_pkey', ['room', 'id'])
    .execute()
  for (const { room, table, events, change } of BEFORE) {
    await sql`insert into journal_intent (room, events, change, created_at)
      select ${sql.lit(room)}, ${sql.raw(events)}, ${sql.raw(change)}, now()
      from ${sql.table(table)} order by position`.execute(db)
    await db.schema.dropTable(table).execute()
  }
}
