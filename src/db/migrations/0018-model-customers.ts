import { type Kysely, sql } from 'kysely'

/**
 * Which organisation has used which model of the gateway: who is a customer of it when it is halted. Begins with those that the view over
 * decisions knows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table model_customer (
    gateway_model text collate "C" not null,
    organisation_id text collate "C" not null,
    since timestamptz not null,
    primary key (gateway_model, organisation_id)
  )`.execute(db)
  await sql`insert into model_customer (gateway_model, organisation_id, since)
    select model, organisation, min(at) from decision
    where model is not null and organisation is not null and outcome in ('allow', 'refuse', 'cut')
    group by model, organisation`.execute(db)
}
