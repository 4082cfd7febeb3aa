import { type Kysely, sql } from 'kysely'

const INDEXED = [
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
]
const COARSE = ['outcome', 'label', 'model', 'surface', 'policy_version', 'enforced']

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const DAY_MS = 86_400_000

/**
 * Decisions by day: one partition each, bounded by id, since an id begins with the time at which its request came. The rows that stand
 * become one partition as they are, by one reading of the table and no copying. What fits no partition goes to `decision_rest`, so nothing
 * is ever refused: the view is a copy, and a wrong clock must not stop it.
 *
 * Versions before this one go on working: names and columns stay, and they write `on conflict do nothing` without naming a constraint.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await marks(db)
  await days(db)
}

/** Which migrations leave older versions able to work: read by those versions. */
async function marks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('schema_mark')
    .addColumn('migration', 'text', (c) => c.primaryKey())
    .addColumn('breaks', 'boolean', (c) => c.notNull())
    .execute()
}

async function days(db: Kysely<unknown>): Promise<void> {
  await sql`alter table decision rename to decision_before`.execute(db)
  for (const [from, to] of renamed()) await sql`alter index ${sql.ref(from)} rename to ${sql.ref(to)}`.execute(db)
  await sql`alter table decision_before drop constraint decision_position`.execute(db)
  await sql`create table decision (like decision_before including defaults including constraints including storage, primary key (id),
    foreign key (source) references decision_source (id)) partition by range (id)`.execute(db)
  await sql`create index decision_position on decision (source, position)`.execute(db)
  for (const column of INDEXED) {
    await sql`create index ${sql.ref(`decision_${column}`)} on decision (${sql.ref(column)}, id desc)
      include (${sql.join(COARSE.filter((c) => c !== column).map((c) => sql.ref(c)))})
      where ${sql.ref(column)} is not null`.execute(db)
  }
  await sql`create index decision_unenforced on decision (id desc) where not enforced`.execute(db)
  await sql`create table decision_rest partition of decision default`.execute(db)
  await attachStanding(db)
}

/** Up to the end of the day of its newest id; an empty one goes, and from one whose newest id has no time the rows are moved. */
async function attachStanding(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ newest: string | null }>`select max(id) as newest from decision_before`.execute(db)
  const newest = rows[0]?.newest ?? null
  if (newest === null) {
    await sql`drop table decision_before`.execute(db)
    return
  }
  const until = endOfDay(newest)
  if (until === null) {
    await sql`insert into decision select * from decision_before`.execute(db)
    await sql`drop table decision_before`.execute(db)
    return
  }
  await sql`alter table decision attach partition decision_before for values from (minvalue) to (${sql.lit(until)})`.execute(
    db,
  )
}

/** The id with which the day after this id's begins; null for an id without a time. */
function endOfDay(id: string): string | null {
  if (!/^dec_[0-9A-Z]{10}/.test(id)) return null
  let ms = 0
  for (const letter of id.slice(4, 14)) {
    const digit = CROCKFORD.indexOf(letter)
    if (digit < 0) return null
    ms = ms * 32 + digit
  }
  let rest = (Math.floor(ms / DAY_MS) + 1) * DAY_MS
  let text = ''
  for (let i = 0; i < 10; i++) {
    text = (CROCKFORD[rest % 32] ?? '0') + text
    rest = Math.floor(rest / 32)
  }
  return `dec_${text}`
}

function renamed(): [string, string][] {
  const names = ['decision_pkey', 'decision_unenforced', ...INDEXED.map((column) => `decision_${column}`)]
  return names.map((name) => [name, name.replace('decision_', 'decision_before_')])
}
