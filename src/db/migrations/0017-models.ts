import { type Kysely, sql } from 'kysely'

/**
 * Model lines, checkpoints, runs, deployments, evaluations: documents, found by kind, by the model that they concern, by time and by when
 * something is due. One head row numbers the changes, so that replicas read only what is new.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table model_record (
    kind text not null,
    id text collate "C" not null,
    model text collate "C",
    about text collate "C",
    state text not null,
    at timestamptz not null,
    due_at timestamptz,
    version bigint not null,
    body text not null,
    primary key (kind, id)
  )`.execute(db)
  await sql`create index model_record_of_model on model_record (kind, model, at, id)`.execute(db)
  await sql`create index model_record_about on model_record (kind, about) where about is not null`.execute(db)
  await sql`create index model_record_due on model_record (kind, due_at) where due_at is not null`.execute(db)
  await sql`create index model_record_version on model_record (version)`.execute(db)
  await sql`create table model_head (version bigint not null)`.execute(db)
  await sql`insert into model_head (version) values (0)`.execute(db)
}
